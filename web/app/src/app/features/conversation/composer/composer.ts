import {
  Component,
  ElementRef,
  afterRenderEffect,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { PALOMA } from '../../../core/paloma';
import { readableSignal } from '../../../core/readable';
import { Icon } from '../../../shared/icon/icon';
import { bytesLeft } from './bytes';
import { joined, withoutFirst } from './draft-text';
import { sends } from './keys';

/** The text field of a conversation. Its text is the draft of the chat, until the outbox has it. */
@Component({
  selector: 'app-composer',
  imports: [Icon],
  templateUrl: './composer.html',
  styleUrl: './composer.scss',
})
export class Composer {
  /** The key of the draft: the chat, or another one before the chat exists. */
  readonly draftKey = input.required<string>();
  /** Resolves when the text is safe. If it rejects, the text returns to the field. */
  readonly send = input.required<(text: string) => Promise<void>>();
  readonly typing = output();

  readonly #drafts = inject(PALOMA).drafts;
  /** Changes at once in `moveTo`, before the input does. */
  readonly #key = linkedSignal(() => this.draftKey());
  readonly #allDrafts = readableSignal(this.#drafts.all);
  protected readonly field = viewChild.required<ElementRef<HTMLTextAreaElement>>('field');
  readonly #touch = matchMedia('(hover: none) and (pointer: coarse)').matches;
  /** Texts on their way to the outbox, with the drafts that they belong to. */
  #sending: { key: string; text: string }[] = [];
  #compositionEndedAt: number | undefined;
  /** Whether the user has changed the text of this draft here. */
  #edited = false;

  protected readonly text = signal('');
  protected readonly left = computed(() => bytesLeft(this.text()));
  protected readonly tooLong = computed(() => (this.left() ?? 0) < 0);
  protected readonly empty = computed(() => this.text().trim() === '');

  constructor() {
    effect(() => {
      const key = this.#key();
      this.#edited = false;
      untracked(() => this.text.set(this.#drafts.get(key)));
    });
    effect(() => {
      const draft = this.#allDrafts().get(this.#key()) ?? '';
      untracked(() => this.#adopt(draft));
    });
    afterRenderEffect(() => this.#show(this.text()));
  }

  /** Puts a text into the field, before the text that is there. */
  restore(text: string): void {
    this.#change(joined([text, this.text()]));
    this.focus();
  }

  /** Takes the typed text along to the draft of another key, which `draftKey` has from now on. */
  moveTo(key: string): void {
    const typed = this.text();
    this.#change('');
    this.#key.set(key);
    const text = joined([this.#drafts.get(key), typed]);
    this.text.set(text);
    void this.#drafts.set(key, text);
  }

  focus(): void {
    this.field().nativeElement.focus({ preventScroll: true });
  }

  protected write(text: string): void {
    this.#change(text);
    if (text !== '') this.typing.emit();
  }

  protected key(event: KeyboardEvent): void {
    if (!sends(event, this.#compositionEndedAt, this.#touch)) return;
    event.preventDefault();
    void this.submit();
  }

  protected compositionEnded(event: CompositionEvent): void {
    this.#compositionEndedAt = event.timeStamp;
  }

  /** Clears the field at once, so that the next message can be typed, and brings the text back if it is not safe. */
  protected async submit(): Promise<void> {
    const text = this.text();
    if (this.empty()) return;
    const sending = { key: this.#key(), text };
    this.#sending.push(sending);
    this.text.set('');
    // The next key may come before the next turn of change detection.
    this.field().nativeElement.value = '';
    this.focus();
    try {
      await this.send()(text);
      this.#sending = this.#sending.filter((other) => other !== sending);
    } catch {
      this.#sending = this.#sending.filter((other) => other !== sending);
      if (sending.key === this.#key()) this.restore(text);
      return;
    }
    if (sending.key === this.#key()) this.#save();
    else await this.#drafts.set(sending.key, withoutFirst(this.#drafts.get(sending.key), text));
  }

  #change(text: string): void {
    this.#edited = true;
    this.text.set(text);
    this.#save();
  }

  #save(): void {
    const key = this.#key();
    const unsent = this.#sending.filter((other) => other.key === key).map(({ text }) => text);
    void this.#drafts.set(key, joined([...unsent, this.text()]));
  }

  /** Takes a draft over that was loaded late, or that another tab has changed, unless the user is typing here. */
  #adopt(draft: string): void {
    const isTyping = this.#edited && document.hasFocus();
    if (!isTyping && this.#sending.length === 0) this.text.set(draft);
  }

  #show(text: string): void {
    const field = this.field().nativeElement;
    if (field.value !== text) field.value = text;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  }
}
