import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { OnGatewayConnection, OnGatewayDisconnect } from '@nestjs/websockets';
import type { LatestValueChannel } from './latest-value-channel.ts';
import type { StreamAccess } from './stream-access.ts';
import { StreamConnection } from './stream-connection.ts';
import type { Command } from './stream-connection.ts';

/** The commands of a latest-value channel, by the frame's own `type`. The gateways add path and feed. */
export abstract class LatestValueGateway implements OnGatewayConnection, OnGatewayDisconnect {
  protected abstract readonly channel: LatestValueChannel;
  protected abstract readonly access: StreamAccess;

  handleConnection(connection: StreamConnection): void {
    this.channel.open(connection);
  }

  handleDisconnect(connection: StreamConnection): void {
    this.channel.close(connection);
  }

  @SubscribeMessage('auth')
  auth(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): Promise<void> {
    return this.channel.authenticate(connection, command, (token) => this.access.userOf(token));
  }

  @SubscribeMessage('subscribe')
  subscribe(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): Promise<void> {
    return this.channel.subscribe(connection, command);
  }

  @SubscribeMessage('unsubscribe')
  unsubscribe(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void {
    this.channel.unsubscribe(connection, command);
  }

  @SubscribeMessage('list')
  list(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void {
    this.channel.list(connection, command);
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
  resume(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void {
    this.channel.resume(connection, command);
  }

  @SubscribeMessage('history')
  history(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void {
    this.channel.notHere(connection, command);
  }

  @SubscribeMessage('ack')
  ack(@ConnectedSocket() connection: StreamConnection, @MessageBody() command: Command): void {
    this.channel.notHere(connection, command);
  }
}
