import type { MigrationInterface } from 'typeorm';
import { Market1790000000100 } from './1790000000100-market.ts';

/** Every migration, oldest first. A landed migration never changes; append a new class. */
export const MIGRATIONS: (new () => MigrationInterface)[] = [Market1790000000100];
