namespace Arctic.Iceberg.Spec;

/// <summary>The types that code names often.</summary>
public static class IcebergTypes
{
    /// <summary>True or false.</summary>
    public static readonly IcebergType Boolean = new IcebergType.Boolean();

    /// <summary>32-bit signed integers.</summary>
    public static readonly IcebergType Int = new IcebergType.Int();

    /// <summary>64-bit signed integers.</summary>
    public static readonly IcebergType Long = new IcebergType.Long();

    /// <summary>32-bit IEEE floats.</summary>
    public static readonly IcebergType Float = new IcebergType.Float();

    /// <summary>64-bit IEEE floats.</summary>
    public static readonly IcebergType Double = new IcebergType.Double();

    /// <summary>Days.</summary>
    public static readonly IcebergType Date = new IcebergType.Date();

    /// <summary>Microseconds of the day.</summary>
    public static readonly IcebergType Time = new IcebergType.Time();

    /// <summary>Microseconds on a wall clock.</summary>
    public static readonly IcebergType Timestamp = new IcebergType.Timestamp();

    /// <summary>Microseconds in UTC.</summary>
    public static readonly IcebergType TimestampTz = new IcebergType.TimestampTz();

    /// <summary>Nanoseconds on a wall clock (v3).</summary>
    public static readonly IcebergType TimestampNs = new IcebergType.TimestampNs();

    /// <summary>Nanoseconds in UTC (v3).</summary>
    public static readonly IcebergType TimestampTzNs = new IcebergType.TimestampTzNs();

    /// <summary>Text.</summary>
    public static readonly IcebergType String = new IcebergType.String();

    /// <summary>UUIDs.</summary>
    public static readonly IcebergType Uuid = new IcebergType.Uuid();

    /// <summary>Bytes.</summary>
    public static readonly IcebergType Binary = new IcebergType.Binary();

    /// <summary>Always null (v3).</summary>
    public static readonly IcebergType Unknown = new IcebergType.Unknown();

    /// <summary>Semi-structured values (v3).</summary>
    public static readonly IcebergType Variant = new IcebergType.Variant();
}
