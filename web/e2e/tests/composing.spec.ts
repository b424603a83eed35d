import { expect, test } from '../src/fixtures.ts';
import { secret } from '../src/secrets.ts';

test('14. Drafts per chat survive switching and reload, and show in the list', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const toBruno = await ana.api.chatWith(bruno);
  const toCarla = await ana.api.chatWith(carla);
  const here = await ana.opens(toBruno);
  const { composer } = here.conversation;
  await here.conversation.type('For Bruno alone');
  await here.openChat(toCarla);
  await expect(composer).toHaveValue('');
  await expect(here.entry(toBruno)).toContainText('For Bruno alone');
  await here.conversation.type('For Carla alone');
  await here.openChat(toBruno);
  await expect(composer).toHaveValue('For Bruno alone');
  await expect(here.entry(toCarla)).toContainText('For Carla alone');

  await here.page.reload();
  await expect(composer).toHaveValue('For Bruno alone');
  await here.openChat(toCarla);
  await expect(composer).toHaveValue('For Carla alone');
  await composer.press('Enter');
  await here.conversation.hasTick('For Carla alone', 'sent');
  await expect(composer).toHaveValue('');
  await here.openChat(toBruno);
  await expect(composer).toHaveValue('For Bruno alone');
  await composer.fill('');
  await here.openChat(toCarla);
  await expect(here.entry(toBruno)).not.toContainText('For Bruno alone');
  expect(await bruno.api.contents(toBruno)).toEqual([]);
  expect(await carla.api.contents(toCarla)).toEqual(['For Carla alone']);
});

test('15. Enter in an input method does not send; Shift+Enter and pasted text keep their lines', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.opens(chat, { permissions: ['clipboard-read', 'clipboard-write'] });
  const { composer } = here.conversation;
  await composer.focus();
  const input = await here.page.context().newCDPSession(here.page);
  await input.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  // The input method handles this key: browsers report it with the code 229.
  const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 };
  await input.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter });
  await input.send('Input.insertText', { text: secret('日本') });
  await input.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter });
  await expect(composer).toHaveValue('日本');

  await composer.press('Shift+Enter');
  await here.conversation.type('second line');
  await expect(composer).toHaveValue('日本\nsecond line');
  await here.page.evaluate((lines) => navigator.clipboard.writeText(lines), secret('\npasted one\n\npasted two'));
  await composer.press('ControlOrMeta+v');
  await expect(composer).toHaveValue('日本\nsecond line\npasted one\n\npasted two');
  expect(await bruno.api.contents(chat)).toEqual([]);

  await composer.press('Enter');
  await here.conversation.hasTick('日本\nsecond line\npasted one\n\npasted two', 'sent');
  expect(await bruno.api.contents(chat)).toEqual(['日本\nsecond line\npasted one\n\npasted two']);
});
