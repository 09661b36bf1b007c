// Passkeys, at the door and on one's account. The form is the server's: this asks the
// device and sends the form with its answer. A browser gives a passkey only to the
// address it was made for, so elsewhere the page says where that is.

interface Ceremony {
  options: string;
  ticket: string;
}

class Passkey extends HTMLElement {
  private offered: AbortController | null = null;

  connectedCallback(): void {
    if (location.origin !== this.dataset["origin"]) return this.say("elsewhere");
    if (!("PublicKeyCredential" in window) || !("parseRequestOptionsFromJSON" in PublicKeyCredential)) return this.say("none");
    const form = this.querySelector("form");
    if (!form) return;
    form.hidden = false;
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      void this.press(form);
    });
    void this.offer(form);
  }

  disconnectedCallback(): void {
    this.offered?.abort();
  }

  // say shows one of the texts of the page, and no other.
  private say(what: string): void {
    const texts = [...this.querySelectorAll<HTMLElement>("[data-say]")];
    const found = texts.find((t) => t.dataset["say"] === what) ?? texts.find((t) => t.dataset["say"] === "other");
    for (const t of texts) t.hidden = t !== found;
  }

  // press asks the device because somebody pressed the button.
  private async press(form: HTMLFormElement): Promise<void> {
    this.say("");
    this.offered?.abort();
    const button = form.querySelector("button");
    if (button) button.disabled = true;
    try {
      if (this.dataset["ask"]) await this.comeIn(form);
      else await this.make(form);
    } catch (e) {
      this.say(e instanceof Error ? e.name : "other");
      void this.offer(form);
    } finally {
      if (button) button.disabled = false;
    }
  }

  // offer lets the browser offer passkeys where a name is typed, as long as the page is
  // open: what the device is asked is over after five minutes, so it is asked anew. A
  // page that says what went wrong offers none.
  private async offer(form: HTMLFormElement): Promise<void> {
    if (this.dataset["offer"] === undefined) return;
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    const abort = (this.offered = new AbortController());
    const again = setTimeout(() => {
      abort.abort();
      void this.offer(form);
    }, 240_000);
    try {
      await this.comeIn(form, abort.signal);
    } catch {
      // Nobody chose one: the button and the password are there.
    } finally {
      clearTimeout(again);
    }
  }

  private async comeIn(form: HTMLFormElement, signal?: AbortSignal): Promise<void> {
    const answer = await fetch(this.dataset["ask"] ?? "", { method: "POST" });
    if (!answer.ok) throw new Error("no answer");
    const ceremony = (await answer.json()) as Ceremony;
    if (signal?.aborted) return;
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(ceremony.options));
    const key = await navigator.credentials.get(signal ? { publicKey, mediation: "conditional", signal } : { publicKey });
    this.send(form, key, ceremony.ticket);
  }

  private async make(form: HTMLFormElement): Promise<void> {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(this.dataset["options"] ?? "{}"));
    this.send(form, await navigator.credentials.create({ publicKey }));
  }

  // send sends the form with what the device answered.
  private send(form: HTMLFormElement, key: Credential | null, ticket?: string): void {
    if (!(key instanceof PublicKeyCredential)) throw new Error("no passkey");
    const fill = (name: string, value: string): void => {
      const input = form.elements.namedItem(name);
      if (input instanceof HTMLInputElement) input.value = value;
    };
    fill("answer", JSON.stringify(key.toJSON()));
    if (ticket) fill("ticket", ticket);
    form.submit();
  }
}

customElements.define("quid-passkey", Passkey);
export {};
