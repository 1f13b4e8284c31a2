import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { OnGatewayConnection, OnGatewayDisconnect } from '@nestjs/websockets';
import type { StreamChannel } from './stream-channel.ts';
import { StreamConnection } from './stream-connection.ts';
import type { Command } from './stream-connection.ts';

/** The commands of a channel, by the frame's own `type`. The gateways add path and channel. */
export abstract class StreamGateway implements OnGatewayConnection, OnGatewayDisconnect {
  protected abstract readonly channel: StreamChannel;

  handleConnection(connection: StreamConnection): void | Promise<void> {
    return this.channel.open(connection);
  }

  handleDisconnect(connection: StreamConnection): void {
    this.channel.close(connection);
  }

  @SubscribeMessage('auth')
  auth(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): Promise<void> {
    return this.channel.authenticate(connection, command);
  }

  @SubscribeMessage('subscribe')
  subscribe(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void | Promise<void> {
    return this.channel.subscribe(connection, command);
  }

  @SubscribeMessage('unsubscribe')
  unsubscribe(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void | Promise<void> {
    return this.channel.unsubscribe(connection, command);
  }

  @SubscribeMessage('list')
  list(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void | Promise<void> {
    return this.channel.list(connection, command);
  }

  @SubscribeMessage('set')
  set(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void {
    this.channel.set(connection, command);
  }

  @SubscribeMessage('ping')
  ping(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void {
    this.channel.ping(connection, command);
  }

  @SubscribeMessage('pong')
  pong(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void {
    this.channel.pong(connection, command);
  }

  @SubscribeMessage('resume')
  resume(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void | Promise<void> {
    return this.channel.resume(connection, command);
  }

  @SubscribeMessage('history')
  history(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void | Promise<void> {
    return this.channel.history(connection, command);
  }

  @SubscribeMessage('ack')
  ack(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void | Promise<void> {
    return this.channel.ack(connection, command);
  }
}
