// Answers every text message of others in all chats of a user: npm run echo -- <apiUrl> <webSocketUrl> <email> <password>
import { createPaloma } from '@paloma/client';

const [apiUrl, webSocketUrl, email, password] = process.argv.slice(2);
const paloma = createPaloma({ apiUrl, webSocketUrl });

paloma.arrivals.subscribe(async ({ chatId, message, senderName }) => {
  if (message.content === null) return;
  const conversation = paloma.conversation(chatId);
  await conversation.send(`${senderName ?? 'You'} wrote: ${message.content}`);
  conversation.close();
});

const login = await paloma.session.logIn({ email, password });
if (login.kind !== 'signedIn') throw new Error('This example cannot answer a challenge.');
paloma.connection.state.subscribe(({ kind }) => kind === 'open' && console.log('listening'));

process.once('SIGINT', () => void paloma.close());
