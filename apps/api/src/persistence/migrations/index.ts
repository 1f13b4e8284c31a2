import type { MigrationInterface } from 'typeorm';

/** Every migration, oldest first. A landed migration never changes; append a new class. */
export const MIGRATIONS: (new () => MigrationInterface)[] = [];
