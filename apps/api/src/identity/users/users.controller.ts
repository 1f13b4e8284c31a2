import { Body, Controller, Get, Headers, Param, Patch, Post, Put, Query, Req } from '@nestjs/common';
import {
  idParams,
  inviteAnswer,
  inviteBody,
  memberAnswer,
  memberBody,
  organisationAnswer,
  organisationBody,
  profileBody,
  savedAnswer,
  savedBody,
  savedItem,
  savedParams,
  savedQuery,
  user,
  usersAnswer,
  usersQuery,
} from '@ziggy/contracts';
import type {
  InviteAnswer,
  InviteBody,
  MemberAnswer,
  MemberBody,
  OrganisationAnswer,
  OrganisationBody,
  ProfileBody,
  SavedAnswer,
  SavedBody,
  SavedItem,
  SavedQuery,
  UsersAnswer,
  UsersQuery,
  WireUser,
} from '@ziggy/contracts';
import type { FastifyRequest } from 'fastify';
import { ApiRoute } from '../../platform/api-route.ts';
import type { CsvView } from '../../platform/csv.ts';
import { zodPipe } from '../../platform/zod.pipe.ts';
import { wantsCsv } from '../audit/audit.controller.ts';
import { CurrentCaller, RequestOrigin } from '../caller.ts';
import type { Origin, Principal } from '../caller.ts';
import { Organisations } from './organisations.service.ts';
import { SavedItems } from './saved.service.ts';
import { Users } from './users.service.ts';

const COLUMNS = ['id', 'email', 'displayName', 'role', 'state', 'lastSeenAt', 'secondFactor', 'createdAt'] as const;
const csv: CsvView<UsersAnswer> = {
  columns: COLUMNS,
  name: () => 'users',
  rows: ({ items }) => items.map((item) => COLUMNS.map((column) => item[column])),
};
const baseOf = (request: FastifyRequest): string => `${request.protocol}://${request.host}`;

/** People and their organisation. */
@Controller('users')
export class UsersController {
  readonly #users: Users;
  readonly #organisations: Organisations;
  readonly #saved: SavedItems;

  constructor(users: Users, organisations: Organisations, saved: SavedItems) {
    this.#users = users;
    this.#organisations = organisations;
    this.#saved = saved;
  }

  @Get('organisation')
  @ApiRoute({
    operationId: 'users.organisation',
    tag: 'users',
    access: { role: 'viewer' },
    summary: 'The organisation of the caller',
    description: 'With its settings: the value in force, the default and the bounds of each.',
    answer: organisationAnswer,
    example: {},
    stage: 2,
  })
  organisation(@CurrentCaller() caller: Principal): Promise<OrganisationAnswer> {
    return this.#organisations.read(caller);
  }

  @Patch('organisation')
  @ApiRoute({
    operationId: 'users.changeOrganisation',
    tag: 'users',
    access: { role: 'admin', person: true, fresh: true },
    summary: 'Change the organisation',
    description: 'A merge: what is absent stays, and null puts a setting back to its default.',
    body: organisationBody,
    answer: organisationAnswer,
    problems: ['version_conflict'],
    example: { body: { name: 'Analytical Engines', version: 1 } },
    stage: 2,
  })
  changeOrganisation(
    @Body(zodPipe(organisationBody, 'body')) body: OrganisationBody,
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
  ): Promise<OrganisationAnswer> {
    return this.#organisations.change(caller, body, origin);
  }

  @Patch('me')
  @ApiRoute({
    operationId: 'users.changeProfile',
    tag: 'users',
    access: { role: 'viewer', person: true, own: true },
    summary: 'Change the own profile',
    description: 'A merge: what is absent stays. The version is the one of `GET /auth/me`.',
    body: profileBody,
    answer: user,
    problems: ['version_conflict'],
    example: { body: { timeZone: 'Europe/Berlin', version: 1 } },
    stage: 2,
  })
  profile(
    @Body(zodPipe(profileBody, 'body')) body: ProfileBody,
    @CurrentCaller() caller: Principal,
  ): Promise<WireUser> {
    return this.#users.profile(caller, body);
  }

  @Get('me/saved')
  @ApiRoute({
    operationId: 'users.saved',
    tag: 'users',
    access: { role: 'viewer', own: true },
    summary: 'What the portal keeps for the caller',
    description: 'Layouts, grids, views, drawings, hotkeys and templates, by kind and key.',
    query: savedQuery,
    answer: savedAnswer,
    example: { query: { kind: 'layout' } },
    stage: 2,
  })
  saved(
    @Query(zodPipe(savedQuery, 'query')) query: SavedQuery,
    @CurrentCaller() caller: Principal,
  ): Promise<SavedAnswer> {
    return this.#saved.list(caller, query);
  }

  @Put('me/saved/:kind/:key')
  @ApiRoute({
    operationId: 'users.save',
    tag: 'users',
    access: { role: 'viewer', own: true },
    summary: 'Keep something for the caller',
    description: 'At most 64 KiB of JSON an item; version 0 makes a new one, and the value null removes it.',
    params: savedParams,
    body: savedBody,
    answer: savedItem,
    problems: ['version_conflict'],
    example: { params: { kind: 'layout', key: 'desk' }, body: { value: { columns: 3 }, version: 0 } },
    stage: 2,
  })
  save(
    @Param(zodPipe(savedParams, 'path')) params: Pick<SavedItem, 'kind' | 'key'>,
    @Body(zodPipe(savedBody, 'body')) body: SavedBody,
    @CurrentCaller() caller: Principal,
  ): Promise<SavedItem> {
    return this.#saved.put(caller, params, body);
  }

  @Get()
  @ApiRoute({
    operationId: 'users.list',
    tag: 'users',
    access: { role: 'admin' },
    summary: 'People of the organisation',
    description: 'Newest first, with their state. As CSV all rows of the filter at once.',
    query: usersQuery,
    answer: usersAnswer,
    problems: ['invalid_cursor', 'export_too_large'],
    csv,
    example: { query: { state: 'active', limit: '20' } },
    stage: 2,
  })
  list(
    @Query(zodPipe(usersQuery, 'query')) query: UsersQuery,
    @CurrentCaller() caller: Principal,
    @Headers('accept') accept: string | undefined,
  ): Promise<UsersAnswer> {
    return this.#users.page(caller, query, wantsCsv(accept));
  }

  @Post()
  @ApiRoute({
    operationId: 'users.invite',
    tag: 'users',
    access: { role: 'admin', person: true },
    summary: 'Invite a person',
    description: 'Answers a link of 72 hours, shown once, with which the person sets a password.',
    body: inviteBody,
    answer: inviteAnswer,
    status: 201,
    problems: ['already_exists'],
    idempotency: 'none',
    example: { body: { email: 'grace@example.com', role: 'trader', displayName: 'Grace' } },
    stage: 2,
    cache: 'no-store',
  })
  invite(
    @Body(zodPipe(inviteBody, 'body')) body: InviteBody,
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
    @Req() request: FastifyRequest,
  ): Promise<InviteAnswer> {
    return this.#users.invite(caller, body, baseOf(request), origin);
  }

  @Patch(':id')
  @ApiRoute({
    operationId: 'users.change',
    tag: 'users',
    access: { role: 'admin', person: true, fresh: true },
    summary: 'Change role, disable, or make a new link',
    description: 'Felt by open sessions and sockets within 5 s. The last admin stays one: 409 `invalid_state`.',
    params: idParams,
    body: memberBody,
    answer: memberAnswer,
    problems: ['not_found', 'version_conflict', 'invalid_state'],
    idempotency: 'none',
    example: { params: { id: { from: 'users.invite', member: 'id' } }, body: { role: 'analyst', version: 1 } },
    stage: 2,
    cache: 'no-store',
  })
  change(
    @Param(zodPipe(idParams, 'path')) { id }: { id: string },
    @Body(zodPipe(memberBody, 'body')) body: MemberBody,
    @CurrentCaller() caller: Principal,
    @RequestOrigin() origin: Origin,
    @Req() request: FastifyRequest,
  ): Promise<MemberAnswer> {
    return this.#users.change(caller, id, body, baseOf(request), origin);
  }
}
