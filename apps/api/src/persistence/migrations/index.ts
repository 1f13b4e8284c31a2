import type { MigrationInterface } from 'typeorm';
import { Market1790000000100 } from './1790000000100-market.ts';
import { CorporateActions1790000001000 } from './1790000001000-corporate-actions.ts';
import { News1790000001100 } from './1790000001100-news.ts';
import { Jobs1790000002000 } from './1790000002000-jobs.ts';
import { Storage1790000003000 } from './1790000003000-storage.ts';
import { Watchlists1790000004000 } from './1790000004000-watchlists.ts';
import { EventLog1790000005000 } from './1790000005000-event-log.ts';
import { Identity1790000006000 } from './1790000006000-identity.ts';

/** Every migration, oldest first. A landed migration never changes; append a new class. */
export const MIGRATIONS: (new () => MigrationInterface)[] = [
  Market1790000000100,
  CorporateActions1790000001000,
  News1790000001100,
  Jobs1790000002000,
  Storage1790000003000,
  Watchlists1790000004000,
  EventLog1790000005000,
  Identity1790000006000,
];
