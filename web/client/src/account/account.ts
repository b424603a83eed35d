import type { Account } from '../api-account.js';
import type { Device, ExportStatus, PrivacyChange, TotpSecret, User } from '../contracts.js';
import { present } from '../rest/present.js';
import type { BrowserSession } from '../session/session.js';
import { withPrivacy } from './privacy.js';

/** The account of the signed-in user. */
export class UserAccount implements Account {
  constructor(private readonly session: BrowserSession) {}

  async refresh(): Promise<User> {
    return this.#keep(present((await this.session.rest.GET('/me')).data));
  }

  async changeProfile(change: { name?: string; avatar?: string | null }): Promise<User> {
    return this.#keep(present((await this.session.rest.PUT('/me', { body: change })).data));
  }

  async changePrivacy(change: PrivacyChange): Promise<void> {
    const privacy = present((await this.session.rest.PUT('/me/privacy', { body: change })).data);
    await this.session.update((user) => withPrivacy(user, privacy));
  }

  async changePassword(change: { oldPassword: string; newPassword: string }): Promise<void> {
    await this.session.rest.PUT('/me/password', { body: change });
    await this.session.end('ended');
  }

  async changeEmail(change: { email: string; password: string }): Promise<void> {
    await this.session.rest.PUT('/me/email', { body: change });
  }

  async confirmEmail(code: string): Promise<User> {
    return this.#keep(present((await this.session.rest.POST('/me/email/confirm', { body: { code } })).data));
  }

  async enrolTotp(password: string): Promise<TotpSecret> {
    return present((await this.session.rest.POST('/me/totp', { body: { password } })).data);
  }

  async confirmTotp(confirmation: { password: string; code: string }): Promise<readonly string[]> {
    return present((await this.session.rest.PUT('/me/totp', { body: confirmation })).data).recoveryCodes;
  }

  async removeTotp(removal: { password: string; code: string }): Promise<void> {
    await this.session.rest.DELETE('/me/totp', { body: removal });
  }

  async devices(): Promise<readonly Device[]> {
    return present((await this.session.rest.GET('/devices')).data).devices;
  }

  async removeDevice(deviceId: string): Promise<void> {
    await this.session.rest.DELETE('/devices/{deviceId}', { params: { path: { deviceId } } });
  }

  async startExport(): Promise<ExportStatus> {
    return present((await this.session.rest.POST('/me/export')).data);
  }

  async exportStatus(exportId: string): Promise<ExportStatus> {
    return present((await this.session.rest.GET('/me/exports/{exportId}', { params: { path: { exportId } } })).data);
  }

  async erase(password: string): Promise<void> {
    await this.session.rest.DELETE('/me', { body: { password } });
    await this.session.end('loggedOut');
  }

  async #keep(user: User): Promise<User> {
    await this.session.update(({ privacy }) => withPrivacy(user, privacy));
    return user;
  }
}
