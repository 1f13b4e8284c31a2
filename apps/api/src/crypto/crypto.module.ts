import { Module } from '@nestjs/common';
import { BarsModule } from '../charts/bars.module.ts';
import { MarketModule } from '../market/market.module.ts';
import { CryptoController } from './crypto.controller.ts';
import { CryptoService } from './crypto.service.ts';

/** What trades round the clock. */
@Module({ imports: [BarsModule, MarketModule], controllers: [CryptoController], providers: [CryptoService] })
export class CryptoModule {}
