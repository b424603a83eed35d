/** The part of the public interface that changes the user's account. */
import type { Device, ExportStatus, PrivacyChange, TotpSecret, User } from './contracts.js';

export interface Account {
  refresh(): Promise<User>;
  changeProfile(change: { name?: string; avatar?: string | null }): Promise<User>;
  /** Changes the settings that are named. */
  changePrivacy(change: PrivacyChange): Promise<void>;
  /** Ends all sessions, this one too. */
  changePassword(change: { oldPassword: string; newPassword: string }): Promise<void>;
  changeEmail(change: { email: string; password: string }): Promise<void>;
  confirmEmail(code: string): Promise<User>;
  enrolTotp(password: string): Promise<TotpSecret>;
  confirmTotp(confirmation: { password: string; code: string }): Promise<readonly string[]>;
  removeTotp(removal: { password: string; code: string }): Promise<void>;
  devices(): Promise<readonly Device[]>;
  removeDevice(deviceId: string): Promise<void>;
  startExport(): Promise<ExportStatus>;
  exportStatus(exportId: string): Promise<ExportStatus>;
  /** Starts the erasure of the account, and logs out here. */
  erase(password: string): Promise<void>;
}
