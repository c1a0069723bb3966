/**
 * Speaks to a language server over its standard streams, for tests.
 *
 * @module
 */

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** One server in a process of its own. */
export class JsonRpcClient {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #waiting = new Map<string, (params: unknown) => void>();
  readonly #reading: Promise<void>;
  #id = 0;

  constructor(command: string, args: readonly string[], cwd: string) {
    this.#process = new Deno.Command(command, { args: [...args], cwd, stdin: "piped", stdout: "piped" }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Asks, and gives the answer. */
  request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#answers.set(
        id,
        ({ result, error }) => error === undefined ? resolve(result) : reject(new Error(error.message)),
      );
      this.#send({ id, method, params });
    });
  }

  /** Tells. */
  notify(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  /** What the server tells next under that name. */
  notification<T>(method: string): Promise<T> {
    return new Promise((resolve) => this.#waiting.set(method, (params) => resolve(params as T)));
  }

  /** The server's status, once it has ended. */
  async ended(): Promise<number> {
    const { code } = await this.#process.status;
    await this.#writer.close().catch(() => {});
    await this.#reading;
    return code;
  }

  #send(message: Message): void {
    const body = new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", ...message }));
    const head = new TextEncoder().encode(`Content-Length: ${body.length}\r\n\r\n`);
    this.#writer.write(new Uint8Array([...head, ...body])).catch(() => {});
  }

  async #read(): Promise<void> {
    let bytes = new Uint8Array(0);
    for await (const chunk of this.#process.stdout) {
      bytes = new Uint8Array([...bytes, ...chunk]);
      for (;;) {
        const text = new TextDecoder("latin1").decode(bytes);
        const head = /^Content-Length: (\d+)\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(text);
        if (head === null || bytes.length < head[0].length + Number(head[1])) break;
        const end = head[0].length + Number(head[1]);
        this.#take(JSON.parse(new TextDecoder().decode(bytes.subarray(head[0].length, end))) as Message);
        bytes = bytes.slice(end);
      }
    }
  }

  #take(message: Message): void {
    if (message.method !== undefined) {
      this.#waiting.get(message.method)?.(message.params);
      this.#waiting.delete(message.method);
    } else if (message.id !== undefined) {
      this.#answers.get(message.id)?.(message);
      this.#answers.delete(message.id);
    }
  }
}
