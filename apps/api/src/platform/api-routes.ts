import { RequestMethod } from '@nestjs/common';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/internal';
import { ModulesContainer } from '@nestjs/core';
import { apiRouteOf } from './api-route.ts';
import type { ApiRouteDefinition } from './api-route.ts';

/** One handler of a controller, with its declaration if it has one. */
export interface ApiOperation {
  readonly method: string;
  /** Path template in Nest's form, e.g. `/market/bars/:symbol`. */
  readonly path: string;
  /** `Controller.handler`, for messages. */
  readonly handler: string;
  readonly definition: ApiRouteDefinition | undefined;
}

/** Every handler of every controller, in the order of the modules. Works in preview mode too, where nothing is started. */
export function apiOperations(app: INestApplicationContext): ApiOperation[] {
  const modules = [...app.get(ModulesContainer, { strict: false }).values()];
  const controllers = modules.flatMap((module) =>
    [...module.controllers.values()].map((wrapper) => wrapper.metatype as Type),
  );
  return controllers.flatMap(operationsOf);
}

function operationsOf(controller: Type): ApiOperation[] {
  const prefixes = listOf(Reflect.getMetadata(PATH_METADATA, controller));
  const prototype = controller.prototype as Record<string, unknown>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = prototype[name];
    if (typeof handler !== 'function' || name === 'constructor') return [];
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const paths = listOf(Reflect.getMetadata(PATH_METADATA, handler));
    return prefixes.flatMap((prefix) =>
      paths.map((path) => ({
        method: RequestMethod[method],
        path: joined(prefix, path),
        handler: `${controller.name}.${name}`,
        definition: apiRouteOf(handler),
      })),
    );
  });
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [typeof value === 'string' ? value : ''];
}

function joined(prefix: string, path: string): string {
  return `/${[...prefix.split('/'), ...path.split('/')].filter((part) => part !== '').join('/')}`;
}
