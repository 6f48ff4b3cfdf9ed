namespace Arctic.Iceberg.Spec;

/// <summary>The types that code names often.</summary>
internal static class IcebergTypes
{
    public static readonly IcebergType Boolean = new IcebergType.Boolean();
    public static readonly IcebergType Int = new IcebergType.Int();
    public static readonly IcebergType Long = new IcebergType.Long();
    public static readonly IcebergType Float = new IcebergType.Float();
    public static readonly IcebergType Double = new IcebergType.Double();
    public static readonly IcebergType Date = new IcebergType.Date();
    public static readonly IcebergType Time = new IcebergType.Time();
    public static readonly IcebergType Timestamp = new IcebergType.Timestamp();
    public static readonly IcebergType TimestampTz = new IcebergType.TimestampTz();
    public static readonly IcebergType TimestampNs = new IcebergType.TimestampNs();
    public static readonly IcebergType TimestampTzNs = new IcebergType.TimestampTzNs();
    public static readonly IcebergType String = new IcebergType.String();
    public static readonly IcebergType Uuid = new IcebergType.Uuid();
    public static readonly IcebergType Binary = new IcebergType.Binary();
    public static readonly IcebergType Unknown = new IcebergType.Unknown();
    public static readonly IcebergType Variant = new IcebergType.Variant();
}
