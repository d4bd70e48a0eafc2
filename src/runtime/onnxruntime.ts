/** ONNX Runtime, loaded with its telemetry off: the only file that may load the library (a lint rule holds this). */
import { createRequire } from 'node:module';
import type * as OnnxRuntime from 'onnxruntime-node';
import { switchTelemetryOff } from './telemetry-off.ts';

switchTelemetryOff();
// An import would be run before the line above, in a bundle and from source alike.
const library = createRequire(import.meta.url)('onnxruntime-node') as typeof OnnxRuntime;

export const { InferenceSession, Tensor, env, listSupportedBackends } = library;
export type InferenceSession = OnnxRuntime.InferenceSession;
export type Tensor = OnnxRuntime.Tensor;
export type SessionOptions = OnnxRuntime.InferenceSession.SessionOptions;
export type OnnxValueMap = OnnxRuntime.InferenceSession.OnnxValueMapType;
