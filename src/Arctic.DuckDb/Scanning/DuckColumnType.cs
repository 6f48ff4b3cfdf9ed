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
}
