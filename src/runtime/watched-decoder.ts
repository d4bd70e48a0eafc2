/** A decoder whose runs are told to somebody; it does what the decoder does. */
import type { DecodeRequest, Decoder } from './decoder.ts';
import { wrapped } from './wrapped-decoder.ts';

/** @param onDecode told of each request before it is run */
export function watched(decoder: Decoder, onDecode: (request: DecodeRequest) => void): Decoder {
  return wrapped(decoder, {
    decode: (request, onEvent, signal) => {
      onDecode(request);
      return decoder.decode(request, onEvent, signal);
    },
  });
}
