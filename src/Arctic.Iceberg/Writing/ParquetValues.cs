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

    /// <summary>Encodes values as a leaf stores them plainly: every form that a row with an equal value may have.</summary>
    /// <param name="leaf">How the values are stored.</param>
    /// <param name="type">The type of the column now.</param>
    /// <param name="values">Boxed as <see cref="IcebergType"/> says. One that the leaf cannot hold has no form.</param>
    /// <returns>Null when it is not known how the leaf stores such values.</returns>
    public static List<byte[]>? Encode(ParquetNode leaf, IcebergType type, IEnumerable<object> values)
    {
        var forms = new List<byte[]>();
        foreach (var value in values)
        {
            if (FormsOf(leaf, type, value) is not { } some)
            {
                return null;
            }

            forms.AddRange(some);
        }

        return forms;
    }

    private static byte[][]? FormsOf(ParquetNode leaf, IcebergType type, object value) => (leaf.PhysicalType, type, value) switch
    {
        (ParquetPhysicalType.Int32, IcebergType.Int, int v) when !IsUnsigned(leaf) => [BitConverter.GetBytes(v)],
        (ParquetPhysicalType.Int32, IcebergType.Date, int v) => [BitConverter.GetBytes(v)],
        (ParquetPhysicalType.Int32, IcebergType.Long, long v) when !IsUnsigned(leaf) && leaf.Logical.Kind is ParquetLogicalKind.None or ParquetLogicalKind.Integer => Int32Of(v),
        (ParquetPhysicalType.Int64, IcebergType.Long, long v) when !IsUnsigned(leaf) => [BitConverter.GetBytes(v)],
        (ParquetPhysicalType.Int64, IcebergType.Time, long v) when leaf.Logical is { Kind: ParquetLogicalKind.Time, Unit: ParquetTimeUnit.Micros } => [BitConverter.GetBytes(v)],
        (ParquetPhysicalType.Int64, IcebergType.Timestamp or IcebergType.TimestampTz, long v) when leaf.Logical is { Kind: ParquetLogicalKind.Timestamp, Unit: ParquetTimeUnit.Micros } =>
            [BitConverter.GetBytes(v)],
        (ParquetPhysicalType.Int64, IcebergType.TimestampNs or IcebergType.TimestampTzNs, long v) when leaf.Logical is { Kind: ParquetLogicalKind.Timestamp, Unit: ParquetTimeUnit.Nanos } =>
            [BitConverter.GetBytes(v)],

        // Both zeros are equal.
        (ParquetPhysicalType.Float, IcebergType.Float, float v) => v == 0 ? [BitConverter.GetBytes(0f), BitConverter.GetBytes(-0f)] : [BitConverter.GetBytes(v)],
        (ParquetPhysicalType.Float, IcebergType.Double, double v) => (float)v != v ? [] : v == 0 ? [BitConverter.GetBytes(0f), BitConverter.GetBytes(-0f)] : [BitConverter.GetBytes((float)v)],
        (ParquetPhysicalType.Double, IcebergType.Double, double v) => v == 0 ? [BitConverter.GetBytes(0.0), BitConverter.GetBytes(-0.0)] : [BitConverter.GetBytes(v)],
        (ParquetPhysicalType.Int32, IcebergType.Decimal d, Int128 v) when HasScale(leaf, d) => v >= int.MinValue && v <= int.MaxValue ? [BitConverter.GetBytes((int)v)] : [],
        (ParquetPhysicalType.Int64, IcebergType.Decimal d, Int128 v) when HasScale(leaf, d) => v >= long.MinValue && v <= long.MaxValue ? [BitConverter.GetBytes((long)v)] : [],
        (ParquetPhysicalType.FixedLengthByteArray, IcebergType.Decimal d, Int128 v) when HasScale(leaf, d) && leaf.TypeLength is > 0 and <= 16 => FixedOf(v, leaf.TypeLength),
        (ParquetPhysicalType.ByteArray, IcebergType.String, string v) => [Encoding.UTF8.GetBytes(v)],
        (ParquetPhysicalType.ByteArray, IcebergType.Binary, byte[] v) => [v],
        (ParquetPhysicalType.FixedLengthByteArray, IcebergType.Fixed or IcebergType.Uuid or IcebergType.Binary, byte[] v) => v.Length == leaf.TypeLength ? [v] : [],
        _ => null,
    };

    private static byte[][] Int32Of(long value) => value is >= int.MinValue and <= int.MaxValue ? [BitConverter.GetBytes((int)value)] : [];

    private static byte[][] FixedOf(Int128 value, int length)
    {
        var all = new byte[16];
        BinaryPrimitives.WriteInt128BigEndian(all, value);
        var form = all[^length..];
        return BoundCodec.DecodeUnscaled(form) == value ? [form] : [];
    }

    private static bool IsUnsigned(ParquetNode leaf) => leaf.Logical is { Kind: ParquetLogicalKind.Integer, IsSigned: false };

    private static bool HasScale(ParquetNode leaf, IcebergType.Decimal type) => leaf.Logical.Kind == ParquetLogicalKind.Decimal && leaf.Logical.Scale == type.Scale;
}
