import { InjectionToken } from '@angular/core';
import type { PalomaConfig } from '@paloma/client';

/** The file `config.json`: the addresses of one deployment. */
export interface AppConfig extends PalomaConfig {
  /** Users that the login page offers. Only a local stack has them. */
  readonly demoUsers: readonly DemoUser[];
}

export interface DemoUser {
  readonly email: string;
  readonly password: string;
  readonly name: string;
}

export const APP_CONFIG = new InjectionToken<AppConfig>('AppConfig');

/** `undefined` if the file is no configuration. */
export function parseConfig(value: unknown): AppConfig | undefined {
  const { apiUrl, webSocketUrl, demoUsers } = fields(value);
  if (!isAddress(apiUrl, ['http:', 'https:']) || !isAddress(webSocketUrl, ['ws:', 'wss:'])) return undefined;
  return { apiUrl, webSocketUrl, demoUsers: Array.isArray(demoUsers) ? demoUsers.flatMap(demoUser) : [] };
}

function demoUser(value: unknown): DemoUser[] {
  const { email, password, name } = fields(value);
  if (typeof email !== 'string' || typeof password !== 'string') return [];
  return [{ email, password, name: typeof name === 'string' ? name : email }];
}

function fields(value: unknown): Partial<Record<'apiUrl' | 'webSocketUrl' | 'demoUsers' | keyof DemoUser, unknown>> {
  return typeof value === 'object' && value !== null ? value : {};
}

function isAddress(value: unknown, protocols: readonly string[]): value is string {
  return typeof value === 'string' && URL.canParse(value) && protocols.includes(new URL(value).protocol);
}
