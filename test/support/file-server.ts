import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedFile {
  readonly type: string;
  readonly data: Buffer;
}

/** Somebody's web server on loopback, with files to send. */
export class FileServer implements AsyncDisposable {
  /** `127.0.0.1:port`, for OUTBOUND_ALLOW. */
  readonly host: string;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }

  /** Serves `files` by path; any other path is not found. */
  static async start(files: Readonly<Record<string, ServedFile>>): Promise<FileServer> {
    const server = createServer((request, response) => {
      answer(response, files[request.url?.slice(1) ?? '']);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FileServer(server);
  }

  url(path: string): string {
    return `http://${this.host}/${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function answer(response: ServerResponse, file: ServedFile | undefined): void {
  if (file === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': file.type }).end(file.data);
}
