/** What goes between the engine's thread and an embedder's worker, over vscode-jsonrpc on the worker's port. */
import { RequestType } from 'vscode-jsonrpc/node';
import type { EmbedderGraphForm } from '../../models/embedders/prepared-embedder.ts';
import type { ErrorData } from '../../protocol/answers.ts';

export interface OpenEmbedderParameters {
  /** Absolute path of the `.onnx` file. */
  readonly graph: string;
  readonly form: EmbedderGraphForm;
}

/** Answers with the number of dimensions. */
export const openEmbedderRequest = new RequestType<OpenEmbedderParameters, number, ErrorData | undefined>(
  'embedder/open',
);

/** Whether products of unsigned and signed bytes are whole on this processor. */
export const byteProductsRequest = new RequestType<null, boolean, ErrorData | undefined>('embedder/byte-products');

/** Ids of one text, special tokens included; answers with its unit vector. */
export const embedRequest = new RequestType<{ readonly ids: readonly number[] }, Float32Array, ErrorData | undefined>(
  'embedder/embed',
);
