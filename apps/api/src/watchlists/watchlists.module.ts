import { Module } from '@nestjs/common';
import { Demand } from '../market/source/demand.ts';
import { InstrumentDirectory } from '../market/instruments/instrument-directory.ts';
import { WallClock } from '../platform/clock.ts';
import { WatchlistInterest } from './watchlist-interest.ts';
import { WatchlistRepository } from './watchlist.repository.ts';
import { WatchlistsController } from './watchlists.controller.ts';
import { WatchlistsService } from './watchlists.service.ts';

/** Watchlists of users, and the demand that they make. */
@Module({
  controllers: [WatchlistsController],
  providers: [
    WatchlistRepository,
    WatchlistsService,
    {
      provide: WatchlistInterest,
      useFactory: (demand: Demand, directory: InstrumentDirectory, wall: WallClock) =>
        new WatchlistInterest({ demand, directory, now: () => wall.now() }),
      inject: [Demand, InstrumentDirectory, WallClock],
    },
  ],
  exports: [WatchlistsService],
})
export class WatchlistsModule {}
