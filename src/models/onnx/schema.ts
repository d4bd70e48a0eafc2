/**
 * The part of ONNX's protobuf schema (onnx/onnx.proto3, IR version 11) that a graph without functions or sparse tensors
 * needs; field numbers are the format's own.
 */
import protobuf from 'protobufjs';

/** Element types that Longsight's graphs use, with ONNX's numbers (TensorProto.DataType). */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;

export type ElementType = keyof typeof elementTypes;

/** Bytes of one element. */
export const elementSizes: Readonly<Record<ElementType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
};

/** AttributeProto.AttributeType. */
export const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

/** TensorProto.DataLocation.EXTERNAL. */
export const externalLocation = 1;

type Field = { type: string; id: number; rule?: 'repeated'; options?: Record<string, unknown> };
const one = (type: string, id: number): Field => ({ type, id });
const many = (type: string, id: number): Field => ({ type, id, rule: 'repeated' });
const numbers = (type: string, id: number): Field => ({ type, id, rule: 'repeated', options: { packed: true } });

const root = protobuf.Root.fromJSON({
  nested: {
    Entry: { fields: { key: one('string', 1), value: one('string', 2) } },
    Tensor: {
      fields: {
        dims: numbers('int64', 1),
        dataType: one('int32', 2),
        name: one('string', 8),
        rawData: one('bytes', 9),
        externalData: many('Entry', 13),
        dataLocation: one('int32', 14),
      },
    },
    Attribute: {
      fields: {
        name: one('string', 1),
        f: one('float', 2),
        i: one('int64', 3),
        s: one('bytes', 4),
        t: one('Tensor', 5),
        floats: numbers('float', 7),
        ints: numbers('int64', 8),
        strings: many('bytes', 9),
        type: one('int32', 20),
      },
    },
    Node: {
      fields: {
        input: many('string', 1),
        output: many('string', 2),
        name: one('string', 3),
        opType: one('string', 4),
        attribute: many('Attribute', 5),
        domain: one('string', 7),
      },
    },
    Dimension: { fields: { dimValue: one('int64', 1), dimParam: one('string', 2) } },
    Shape: { fields: { dim: many('Dimension', 1) } },
    TensorType: { fields: { elemType: one('int32', 1), shape: one('Shape', 2) } },
    Type: { fields: { tensorType: one('TensorType', 1) } },
    ValueInfo: { fields: { name: one('string', 1), type: one('Type', 2) } },
    Graph: {
      fields: {
        node: many('Node', 1),
        name: one('string', 2),
        initializer: many('Tensor', 5),
        input: many('ValueInfo', 11),
        output: many('ValueInfo', 12),
        valueInfo: many('ValueInfo', 13),
      },
    },
    OperatorSet: { fields: { domain: one('string', 1), version: one('int64', 2) } },
    Model: {
      fields: {
        irVersion: one('int64', 1),
        producerName: one('string', 2),
        producerVersion: one('string', 3),
        graph: one('Graph', 7),
        opsetImport: many('OperatorSet', 8),
        metadataProps: many('Entry', 14),
      },
    },
  },
});

/** ModelProto, as protobufjs knows it. */
export const modelType = root.lookupType('Model');
