import { Catch } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Logger } from '../platform/logger.ts';
import type { Command, StreamConnection } from './stream-connection.ts';

/** A defect in a gateway is one client's error 113 and a line in the log; the socket and the process live on. */
@Catch()
export class StreamExceptionFilter implements ExceptionFilter {
  readonly #log: Logger;

  constructor(logger: Logger) {
    this.#log = logger.child({ context: 'StreamGateway' });
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const connection = host.switchToWs().getClient<StreamConnection>();
    const command = host.switchToWs().getData<Command>();
    this.#log.error(
      { err: error, conn: connection.id, channel: connection.channel, command: command.type },
      'defect: a command failed',
    );
    connection.fail('internal', command.id);
  }
}
