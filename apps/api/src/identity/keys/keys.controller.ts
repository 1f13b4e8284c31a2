import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { apiKeyBody, apiKeysAnswer, idParams, newApiKeyAnswer } from '@ziggy/contracts';
import type { ApiKeyBody, ApiKeysAnswer, NewApiKeyAnswer } from '@ziggy/contracts';
import * as z from 'zod';
import { ApiRoute } from '../../platform/api-route.ts';
import { zodPipe } from '../../platform/zod.pipe.ts';
import { CurrentCaller, RequestOrigin } from '../caller.ts';
import type { Origin, Principal } from '../caller.ts';
import { Keys } from './keys.service.ts';

/** Keys for programs. */
@Controller('api-keys')
export class KeysController {
  readonly #keys: Keys;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  @Get()
  @ApiRoute({
    operationId: 'keys.list',
    tag: 'keys',
    access: { role: 'viewer', person: true, own: true },
    summary: 'API keys',
    description: "The caller's keys that were not revoked, newest first; an admin sees all of the organisation.",
    answer: apiKeysAnswer,
    example: {},
    stage: 2,
    cache: 'no-store',
  })
  list(@CurrentCaller() caller: Principal): Promise<ApiKeysAnswer> {
    return this.#keys.list(caller);
  }

  @Post()
  @ApiRoute({
    operationId: 'keys.create',
    tag: 'keys',
    access: { role: 'viewer', person: true, fresh: true, own: true },
    summary: 'Make an API key',
    description:
      'The secret is shown once. A key never exceeds its owner’s role of the moment. One person has at most 50 that work. With `replaces` the old key lives 24 h more.',
    body: apiKeyBody,
    answer: newApiKeyAnswer,
    status: 201,
    problems: ['not_found', 'invalid_state'],
    idempotency: 'none',
    example: { body: { name: 'dashboard', scopes: ['read'], expiresInDays: 30 } },
    stage: 2,
    cache: 'no-store',
  })
  create(
    @Body(zodPipe(apiKeyBody, 'body')) body: ApiKeyBody,
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
  ): Promise<NewApiKeyAnswer> {
    return this.#keys.create(caller, body, origin);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiRoute({
    operationId: 'keys.revoke',
    tag: 'keys',
    access: { role: 'viewer', person: true, own: true },
    summary: 'Revoke an API key',
    description: 'Dead within 5 s on all replicas; its streams close. An admin revokes any of the organisation.',
    params: idParams,
    answer: z.undefined(),
    status: 204,
    problems: ['not_found'],
    example: { params: { id: { from: 'keys.create', member: 'id' } } },
    stage: 2,
    cache: 'no-store',
  })
  revoke(
    @Param(zodPipe(idParams, 'path')) { id }: { id: string },
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
  ): Promise<void> {
    return this.#keys.revoke(caller, id, origin);
  }
}
