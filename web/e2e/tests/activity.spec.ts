import { expect, test } from '../src/fixtures.ts';

test('19. Typing and presence appear, and disappear by themselves', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'A first message');
  const here = await ana.opens(chat);
  const { status } = here.conversation;
  await expect(status.filter({ hasText: 'online' })).toHaveCount(0);
  const there = await bruno.opens(chat);
  await expect(status).toContainText('online');

  await there.conversation.type('Let me see');
  await expect(status).toContainText('typing');
  await expect(status).not.toContainText('typing');
  await expect(status).toContainText('online');
  await there.conversation.type(' again');
  await expect(status).toContainText('typing');
  await there.conversation.composer.press('Enter');
  await expect(here.conversation.row('Let me see again')).toBeVisible();
  await expect(status).not.toContainText('typing');

  await there.device.context.close();
  await expect(status).toContainText('last seen');
});
