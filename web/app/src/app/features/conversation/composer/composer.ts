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
import { joined, withEarlier, withoutFirst } from './draft-text';
import { hasModifier, sends } from './keys';
import { SendingTexts } from './sending-texts';

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
  /** Resolves when the text is safe. If it rejects, the text returns to the draft. */
  readonly send = input.required<(text: string) => Promise<void>>();
  readonly typing = output();
  /** The user wants to edit the last own message. */
  readonly editLast = output();

  readonly #drafts = inject(PALOMA).drafts;
  readonly #sending = inject(SendingTexts);
  /** Changes at once in `moveTo`, before the input does. */
  readonly #key = linkedSignal(() => this.draftKey());
  readonly #allDrafts = readableSignal(this.#drafts.all);
  protected readonly field = viewChild.required<ElementRef<HTMLTextAreaElement>>('field');
  readonly #touch = matchMedia('(hover: none) and (pointer: coarse)').matches;
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
      untracked(() => this.text.set(this.#stored(key)));
    });
    effect(() => {
      this.#allDrafts();
      this.#sending.of(this.#key());
      untracked(() => this.#adopt());
    });
    afterRenderEffect(() => this.#show(this.text()));
  }

  /** Puts a text into the field, before the text that is there. Resolves when the draft is stored. */
  restore(text: string): Promise<void> {
    const stored = this.#change(joined([text, this.text()]));
    this.focus();
    return stored;
  }

  /** Removes a restored text again. */
  takeBack(text: string): void {
    void this.#change(withoutFirst(this.text(), text));
  }

  /** Takes the typed text along to the draft of another key, which `draftKey` has from now on. */
  moveTo(key: string): void {
    const typed = this.text();
    void this.#change('');
    this.#key.set(key);
    this.text.set(joined([this.#stored(key), typed]));
    void this.#save();
  }

  focus(): void {
    this.field().nativeElement.focus({ preventScroll: true });
  }

  protected write(text: string): void {
    // The draft may have changed since the last turn of change detection.
    void this.#change(withEarlier(this.#stored(this.#key()), this.text(), text));
    if (text !== '') this.typing.emit();
  }

  protected key(event: KeyboardEvent): void {
    if (event.key === 'ArrowUp' && this.text() === '' && !hasModifier(event)) {
      event.preventDefault();
      this.editLast.emit();
      return;
    }
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
    const key = this.#key();
    const isSent = this.#sending.add(key, text);
    this.text.set('');
    // The next key may come before the next turn of change detection.
    this.field().nativeElement.value = '';
    this.focus();
    const sent = await this.send()(text).then(
      () => true,
      () => false,
    );
    const typed = this.#stored(key);
    isSent();
    await this.#drafts.set(key, joined([...this.#sending.of(key), sent ? '' : text, typed]));
  }

  #change(text: string): Promise<void> {
    this.#edited = true;
    this.text.set(text);
    return this.#save();
  }

  #save(): Promise<void> {
    const key = this.#key();
    return this.#drafts.set(key, joined([...this.#sending.of(key), this.text()]));
  }

  /** The text of a draft without the texts on their way. */
  #stored(key: string): string {
    return this.#sending.of(key).reduce(withoutFirst, this.#drafts.get(key));
  }

  /** Takes over what was loaded late, was not sent, or came from another tab. While the user types, this goes on. */
  #adopt(): void {
    const draft = this.#stored(this.#key());
    const isTyping = this.#edited && document.hasFocus();
    this.text.set(isTyping ? withEarlier(draft, this.text(), this.text()) : draft);
  }

  #show(text: string): void {
    const field = this.field().nativeElement;
    if (field.value !== text) field.value = text;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  }
}
