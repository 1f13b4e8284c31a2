import { Global, Module } from '@nestjs/common';
import { Mailer } from './mailer.ts';

/** Mail to people: invitations and resets now. */
@Global()
@Module({ providers: [Mailer], exports: [Mailer] })
export class MailModule {}
