/** Fails the start of a service that has a route without a word on who may call it. */
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants';
import { MetadataScanner, ModulesContainer, type Reflector } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import { ACCESS } from './access';

export function assertAccessStated(app: INestApplication, reflector: Reflector): void {
  const scanner = new MetadataScanner();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype, instance } of module.controllers.values()) {
      if (!instance || typeof metatype !== 'function') continue;
      const prototype = Object.getPrototypeOf(instance) as Record<string, () => unknown>;
      for (const name of scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name]!;
        const method = reflector.get<RequestMethod | undefined>(METHOD_METADATA, handler);
        if (method !== undefined && !reflector.getAllAndOverride(ACCESS, [handler, metatype])) {
          throw new Error(
            `${metatype.name}.${name} does not say who may call it: add @Public(), @SignedIn(), @AdminOnly() or @SelfOrAdmin()`,
          );
        }
      }
    }
  }
}
