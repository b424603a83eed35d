import { TestBed } from '@angular/core/testing';
import type { Paloma } from '@paloma/client';
import { Value } from '../../../../../client/src/observable';
import { PALOMA } from '../paloma';
import { badgeIcon } from './badge-icon';
import { UnreadBadge } from './unread-badge';

it('the title and the favicon show the unread messages', () => {
  const unread = new Value(0);
  const paloma = { chats: { unread } } as unknown as Paloma;
  TestBed.configureTestingModule({ providers: [{ provide: PALOMA, useValue: paloma }] });
  document.head.innerHTML = '<link rel="icon" href="icon.svg">';
  TestBed.inject(UnreadBadge);
  const shown = () => {
    TestBed.tick();
    return { title: document.title, icon: document.querySelector('link')?.getAttribute('href') };
  };
  expect(shown()).toEqual({ title: 'Paloma', icon: 'icon.svg' });
  unread.set(3);
  expect(shown()).toEqual({ title: '(3) Paloma', icon: badgeIcon(3) });
  unread.set(0);
  expect(shown()).toEqual({ title: 'Paloma', icon: 'icon.svg' });
});
