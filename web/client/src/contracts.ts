/** The types of the contracts. They are generated from docs/api: none is written by hand. */
import type { components } from './contracts.gen.js';

type Schemas = components['schemas'];

export type { paths } from './contracts.gen.js';
export type Chat = Schemas['ChatView'];
export type NewChat = Schemas['Chat'];
export type Message = Schemas['Message'];
export type Reactions = Schemas['Reactions'];
export type ReactionKind = Schemas['ReactionKind'];
export type OwnReaction = Schemas['OwnReaction'];
export type Reply = Schemas['Reply'];
export type HiddenMessages = Schemas['HiddenMessages'];
export type Notice = Schemas['Notice'];
export type Role = Schemas['Role'];
export type Window = Schemas['Window'];
export type MembershipView = Schemas['MembershipView'];
export type Accepted = Schemas['Accepted'];
export type AckResult = Schemas['AckResult'];
export type LastMessage = Schemas['LastMessage'];
export type Profile = Schemas['Profile'];
export type BlockedUser = Schemas['BlockView'];
/** The privacy settings are unknown after a login, until the profile is read. */
export type User = Schemas['User'] & { privacy?: Privacy };
export type Privacy = Schemas['PrivacySettings'];
export type PrivacyChange = Schemas['PrivacyChange'];
export type RefreshedTokens = Schemas['Tokens'];
export type Presence = Schemas['Presence'];
export type Status = Schemas['Status'];
export type Problem = Schemas['Problem'];
export type Receipts = Schemas['ReceiptsView'];
export type Device = Schemas['DeviceView'];
export type ExportStatus = Schemas['ExportView'];
export type TotpSecret = Schemas['TotpSecretView'];
export type ClientFrame = Schemas['ClientFrame'];
export type ServerFrame = Schemas['ServerFrame'];
export type ServerEvent = Schemas['EventFrame'];
