import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { currentCode, wrongCode } from '../src/authenticator.ts';
import { control } from '../src/control.ts';
import { expect, test } from '../src/fixtures.ts';
import type { Tab } from '../src/tab.ts';

/** The codes that the local stack mails for a new address, and for a forgotten password. */
const MAILED_CODE = '123456';
const RESET_CODE = '654321';
const NEW_PASSWORD = 'New-password-1';

function newAddress(): string {
  return `${randomUUID()}@example.com`;
}

async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
}

async function click(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
}

async function openSetting(tab: Tab, name: string): Promise<void> {
  await tab.openSettings();
  await tab.page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click();
  await expect(tab.page.getByRole('heading', { level: 1, name })).toBeVisible();
}

test('A new user registers with the code of the mail, and is logged in', async ({ people }) => {
  const [ana] = await people('Ana');
  const tab = await (await ana.device()).tab();
  const { page } = tab;
  const email = newAddress();
  await page.getByRole('link', { name: 'Create an account' }).click();
  // The login page has a field of the same name.
  await expect(page.getByRole('heading', { name: 'Create an account' })).toBeVisible();
  await fill(page, { 'Email address': email });
  await click(page, 'Send the code');
  await expect(page.getByLabel('Code from the mail')).toBeVisible();
  // The history keeps the address over a reload.
  await page.reload();
  await expect(page.getByLabel('Email address')).toHaveValue(email);
  await fill(page, { 'Code from the mail': '000000', 'Your name': 'Nora Lund', Password: NEW_PASSWORD });
  await click(page, 'Create the account');
  await expect(page.getByText('The code is wrong or has expired')).toBeVisible();
  await fill(page, { 'Code from the mail': MAILED_CODE });
  await click(page, 'Create the account');
  await expect(tab.navigation).toBeVisible();
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByText('Nora Lund')).toBeVisible();
});

test('A forgotten password is replaced with the code of the mail, and other devices are logged out', async ({
  people,
}) => {
  const [ana] = await people('Ana');
  const other = await ana.logsIn();
  const tab = await (await ana.device()).tab();
  const { page } = tab;
  await tab.email.fill(ana.user.email);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await expect(tab.loginPage).toHaveCount(0);
  await expect(tab.email).toHaveValue(ana.user.email);
  await click(page, 'Send the code');
  await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  await expect(tab.email).toHaveValue(ana.user.email);
  await fill(page, { 'Code from the mail': '000000', 'New password': NEW_PASSWORD });
  await click(page, 'Set the password');
  await expect(page.getByText('The code is wrong or has expired')).toBeVisible();
  await click(page, 'Send the code again');
  await expect(page.getByText('A new code is on its way')).toBeVisible();
  await fill(page, { 'Code from the mail': RESET_CODE });
  await click(page, 'Set the password');
  await expect(tab.navigation).toBeVisible();
  await other.page.reload();
  await expect(other.loginPage).toBeVisible();
});

test('An invited user chooses a password at the first login', async ({ people }) => {
  const [ana] = await people('Ana');
  const tab = await (await ana.device()).tab();
  const { page } = tab;
  const email = newAddress();
  await control.invite(email, 'Temporary-horse-1');
  await tab.email.fill(email);
  await tab.password.fill('Temporary-horse-1');
  await tab.loginPage.click();
  await expect(page.getByText('You were invited with a password for one login')).toBeVisible();
  await fill(page, { 'New password': 'weak' });
  await tab.loginPage.click();
  await expect(page.getByText('This password does not meet all the rules')).toBeVisible();
  await fill(page, { 'New password': NEW_PASSWORD });
  await tab.loginPage.click();
  await expect(tab.navigation).toBeVisible();

  await tab.logOut();
  await tab.email.fill(email);
  await tab.password.fill(NEW_PASSWORD);
  await tab.loginPage.click();
  await expect(tab.navigation).toBeVisible();
});

test('The email address changes with the code of the mail, also after a reload', async ({ people }) => {
  const [ana] = await people('Ana');
  const tab = await ana.logsIn();
  const { page } = tab;
  const email = newAddress();
  await openSetting(tab, 'Email address');
  await fill(page, { 'New email address': email, 'Your password': 'Wrong-horse-1' });
  await click(page, 'Send the code');
  await expect(page.getByTestId('form-problem')).toContainText('The password is wrong');
  await fill(page, { 'Your password': ana.user.password });
  await click(page, 'Send the code');
  await expect(page.getByText(`The code is on its way to ${email}`)).toBeVisible();
  await page.reload();
  await fill(page, { 'Code from the mail': '000000' });
  await click(page, 'Change the address');
  await expect(page.getByText('The code is wrong or has expired')).toBeVisible();
  await fill(page, { 'Code from the mail': MAILED_CODE });
  await click(page, 'Change the address');
  await expect(page.getByText('Your email address is changed')).toBeVisible();
  await expect(page.getByText(email)).toHaveCount(2);
  await expect(page.getByText(ana.user.email)).toHaveCount(0);

  await tab.logOut();
  await tab.email.fill(email);
  await tab.password.fill(ana.user.password);
  await tab.loginPage.click();
  await expect(tab.navigation).toBeVisible();
});

test('Two-step login: it is switched on, asks for a code, and is switched off', async ({ people }) => {
  const [ana] = await people('Ana');
  const tab = await ana.logsIn();
  const { page } = tab;
  const secret = await switchOnTwoSteps(tab);
  await tab.logOut();

  await enterPassword(tab);
  await fill(page, { Code: wrongCode(secret) });
  await tab.loginPage.click();
  await expect(page.getByTestId('form-problem')).toContainText('Use the next one');
  await fill(page, { Code: currentCode(secret) });
  await tab.loginPage.click();
  await expect(tab.navigation).toBeVisible();

  await openSetting(tab, 'Two-step login');
  await fill(page, { 'Your password': ana.user.password });
  await click(page, 'Continue');
  await expect(page.getByText('Two-step login is on')).toBeVisible();
  await fill(page, { 'Code that the app shows': wrongCode(secret) });
  await click(page, 'Switch it off');
  await expect(page.getByText('Wait for the next one')).toBeVisible();
  await fill(page, { 'Code that the app shows': currentCode(secret) });
  await click(page, 'Switch it off');
  await expect(page.getByText('Two-step login is off')).toBeVisible();
  await tab.logOut();
  await tab.logIn();
});

test('A recovery code logs in without the authenticator app, and switches the two-step login off', async ({
  people,
}) => {
  const [ana] = await people('Ana');
  const tab = await ana.logsIn();
  const { page } = tab;
  let recoveryCode = '';
  await switchOnTwoSteps(tab, (codes) => (recoveryCode = codes[0] ?? ''));
  await tab.logOut();
  await enterPassword(tab);
  await click(page, 'Use a recovery code');
  await fill(page, { 'Recovery code': 'AAAA-BBBB-CCCC-DDDD' });
  await tab.loginPage.click();
  await expect(page.getByText('This recovery code is wrong')).toBeVisible();
  await fill(page, { 'Recovery code': recoveryCode });
  await tab.loginPage.click();
  await expect(tab.navigation).toBeVisible();
  await expect(page.getByText('Two-step login is off now')).toBeVisible();
  await tab.logOut();
  await tab.logIn();
});

async function enterPassword(tab: Tab): Promise<void> {
  await tab.email.fill(tab.device.user.email);
  await tab.password.fill(tab.device.user.password);
  await tab.loginPage.click();
  await expect(tab.page.getByRole('heading', { name: 'Enter your code' })).toBeVisible();
}

/** Returns the secret of the authenticator app. */
async function switchOnTwoSteps(tab: Tab, keep: (codes: readonly string[]) => void = () => undefined): Promise<string> {
  const { page } = tab;
  await openSetting(tab, 'Two-step login');
  await fill(page, { 'Your password': tab.device.user.password });
  await click(page, 'Continue');
  const secret = await page.getByTestId('totp-secret').innerText();
  await fill(page, { 'Code that the app shows': wrongCode(secret) });
  await click(page, 'Switch it on');
  await expect(page.getByText('Wait for the next one')).toBeVisible();
  await fill(page, { 'Code that the app shows': currentCode(secret) });
  await click(page, 'Switch it on');
  const codes = page.getByTestId('recovery-codes').getByRole('listitem');
  await expect(codes).toHaveCount(10);
  keep(await codes.allInnerTexts());
  await click(page, 'I have kept them');
  await expect(page.getByLabel('Your password')).toBeVisible();
  return secret;
}
