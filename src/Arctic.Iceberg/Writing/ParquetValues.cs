using System.Buffers.Binary;
using System.Text;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Writing;

/// <summary>Values of Parquet statistics as Iceberg values.</summary>
internal static class ParquetValues
{
    /// <summary>Decodes a plainly encoded value of a leaf as a value of the Iceberg type that the column has now.</summary>
    /// <returns>Boxed as <see cref="IcebergType"/> says; null when the stored form does not belong to the type, so that nothing is known.</returns>
    public static object? Decode(ParquetNode leaf, ReadOnlySpan<byte> bytes, IcebergType type) => (leaf.PhysicalType, type) switch
    {
        (ParquetPhysicalType.Boolean, IcebergType.Boolean) => bytes[0] != 0,
        (ParquetPhysicalType.Int32, IcebergType.Int) when !IsUnsigned(leaf) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        (ParquetPhysicalType.Int32, IcebergType.Date) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        (ParquetPhysicalType.Int32, IcebergType.Long) when !IsUnsigned(leaf) && leaf.Logical.Kind is ParquetLogicalKind.None or ParquetLogicalKind.Integer => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
        (ParquetPhysicalType.Int64, IcebergType.Long) when !IsUnsigned(leaf) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        (ParquetPhysicalType.Int64, IcebergType.Time) when leaf.Logical is { Kind: ParquetLogicalKind.Time, Unit: ParquetTimeUnit.Micros } => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        (ParquetPhysicalType.Int64, IcebergType.Timestamp or IcebergType.TimestampTz) when leaf.Logical is { Kind: ParquetLogicalKind.Timestamp, Unit: ParquetTimeUnit.Micros } =>
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
        (ParquetPhysicalType.Int64, IcebergType.TimestampNs or IcebergType.TimestampTzNs) when leaf.Logical is { Kind: ParquetLogicalKind.Timestamp, Unit: ParquetTimeUnit.Nanos } =>
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
        (ParquetPhysicalType.Float, IcebergType.Float) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (ParquetPhysicalType.Float, IcebergType.Double) => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (ParquetPhysicalType.Double, IcebergType.Double) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        (ParquetPhysicalType.Int32, IcebergType.Decimal d) when HasScale(leaf, d) => (Int128)BinaryPrimitives.ReadInt32LittleEndian(bytes),
        (ParquetPhysicalType.Int64, IcebergType.Decimal d) when HasScale(leaf, d) => (Int128)BinaryPrimitives.ReadInt64LittleEndian(bytes),
        (ParquetPhysicalType.FixedLengthByteArray or ParquetPhysicalType.ByteArray, IcebergType.Decimal d) when HasScale(leaf, d) && bytes.Length is > 0 and <= 16 => BoundCodec.DecodeUnscaled(bytes),

        // Decoding would replace bytes that are no text, and a replaced bound is none.
        (ParquetPhysicalType.ByteArray, IcebergType.String) when System.Text.Unicode.Utf8.IsValid(bytes) => Encoding.UTF8.GetString(bytes),
        (ParquetPhysicalType.ByteArray or ParquetPhysicalType.FixedLengthByteArray, IcebergType.Binary) => bytes.ToArray(),
        (ParquetPhysicalType.FixedLengthByteArray, IcebergType.Fixed or IcebergType.Uuid) => bytes.ToArray(),
        _ => null,
    };

    private static bool IsUnsigned(ParquetNode leaf) => leaf.Logical is { Kind: ParquetLogicalKind.Integer, IsSigned: false };

    private static bool HasScale(ParquetNode leaf, IcebergType.Decimal type) => leaf.Logical.Kind == ParquetLogicalKind.Decimal && leaf.Logical.Scale == type.Scale;
}
