using Arctic.Columnar.Types;
using Arctic.DuckDb.Native;

namespace Arctic.DuckDb.Scanning;

/// <summary>
/// How our types lie in DuckDB: as bare integers and bytes, so that none of its rules for dates, decimals, collations or floats apply.
/// Floats become integers in the order of the floats, with -0.0 before 0.0 and one NaN, last.
/// </summary>
internal static class DuckColumnType
{
    /// <summary>The type in DuckDB; null when columns of the type cannot be handed over.</summary>
    public static DuckTypeId? Find(DataType type) => type.Layout switch
    {
        ColumnLayout.Null or ColumnLayout.Boolean => DuckTypeId.Boolean,
        ColumnLayout.Int8 => DuckTypeId.TinyInt,
        ColumnLayout.Int16 => DuckTypeId.SmallInt,
        ColumnLayout.Int32 or ColumnLayout.Float32 => DuckTypeId.Integer,
        ColumnLayout.Int64 or ColumnLayout.Float64 => DuckTypeId.BigInt,
        ColumnLayout.Int128 => DuckTypeId.HugeInt,
        ColumnLayout.Bytes => DuckTypeId.Blob,
        _ => null,
    };

    /// <summary>Maps a float's bits to an integer of the same order; its own inverse but for the NaNs, which become one.</summary>
    public static int ToOrderedInt(float value) => Flip(float.IsNaN(value) ? 0x7FC00000 : BitConverter.SingleToInt32Bits(value));

    /// <summary>Undoes <see cref="ToOrderedInt"/>.</summary>
    public static float FromOrderedInt(int value) => BitConverter.Int32BitsToSingle(Flip(value));

    /// <summary>Maps a double's bits to an integer of the same order; its own inverse but for the NaNs, which become one.</summary>
    public static long ToOrderedLong(double value) => Flip(double.IsNaN(value) ? 0x7FF8000000000000 : BitConverter.DoubleToInt64Bits(value));

    /// <summary>Undoes <see cref="ToOrderedLong"/>.</summary>
    public static double FromOrderedLong(long value) => BitConverter.Int64BitsToDouble(Flip(value));

    // A negative float has its sign bit set and grows with its magnitude: flipping the other bits turns the order round.
    private static int Flip(int bits) => bits ^ (bits >> 31 & int.MaxValue);

    private static long Flip(long bits) => bits ^ (bits >> 63 & long.MaxValue);
}
