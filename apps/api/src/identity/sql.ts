/** What runs statements: the data source, or the manager of a transaction. */
export interface Queryable {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** Rows of a statement. TypeORM answers UPDATE and DELETE with `[rows, count]`, all else with the rows. */
export async function rowsOf<Row>(db: Queryable, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  const result = (await db.query(sql, [...parameters])) as Row[] | [Row[], number];
  const [first, count] = result;
  return Array.isArray(first) && typeof count === 'number' ? first : (result as Row[]);
}

export async function rowOf<Row>(db: Queryable, sql: string, parameters: readonly unknown[] = []): Promise<Row | null> {
  return (await rowsOf<Row>(db, sql, parameters))[0] ?? null;
}
