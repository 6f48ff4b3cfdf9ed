namespace Arctic.Columnar.Types;

/// <summary>The types that code names often; all admit NULL.</summary>
public static class DataTypes
{
    /// <summary>The type of a bare NULL.</summary>
    public static readonly DataType Null = new DataType.Null();

    /// <summary>BOOLEAN.</summary>
    public static readonly DataType Boolean = new DataType.Boolean();

    /// <summary>TINYINT.</summary>
    public static readonly DataType TinyInt = new DataType.TinyInt();

    /// <summary>SMALLINT.</summary>
    public static readonly DataType SmallInt = new DataType.SmallInt();

    /// <summary>INT.</summary>
    public static readonly DataType Int = new DataType.Int();

    /// <summary>BIGINT.</summary>
    public static readonly DataType BigInt = new DataType.BigInt();

    /// <summary>FLOAT.</summary>
    public static readonly DataType Float = new DataType.Float();

    /// <summary>DOUBLE.</summary>
    public static readonly DataType Double = new DataType.Double();

    /// <summary>STRING: VARCHAR of the greatest length.</summary>
    public static readonly DataType String = new DataType.VarChar(DataType.MaxLength);

    /// <summary>BYTES: VARBINARY of the greatest length.</summary>
    public static readonly DataType Bytes = new DataType.VarBinary(DataType.MaxLength);

    /// <summary>DATE.</summary>
    public static readonly DataType Date = new DataType.Date();

    /// <summary>DECIMAL of the given digits.</summary>
    public static DataType Decimal(int precision, int scale) => new DataType.Decimal(precision, scale);

    /// <summary>TIME of the given precision.</summary>
    public static DataType Time(int precision) => new DataType.Time(precision);

    /// <summary>TIMESTAMP of the given precision.</summary>
    public static DataType Timestamp(int precision) => new DataType.Timestamp(precision);

    /// <summary>TIMESTAMP_LTZ of the given precision.</summary>
    public static DataType TimestampLtz(int precision) => new DataType.TimestampLtz(precision);

    /// <summary>Whether the type is one of the four integer types.</summary>
    public static bool IsInteger(this DataType type) => type is DataType.TinyInt or DataType.SmallInt or DataType.Int or DataType.BigInt;

    /// <summary>Whether the type is FLOAT or DOUBLE.</summary>
    public static bool IsApproximate(this DataType type) => type is DataType.Float or DataType.Double;

    /// <summary>Whether the type is an integer, DECIMAL, FLOAT or DOUBLE.</summary>
    public static bool IsNumeric(this DataType type) => type.IsInteger() || type.IsApproximate() || type is DataType.Decimal;

    /// <summary>Whether the type is CHAR or VARCHAR (STRING).</summary>
    public static bool IsCharacter(this DataType type) => type is DataType.Char or DataType.VarChar;

    /// <summary>Whether the type is BINARY or VARBINARY (BYTES).</summary>
    public static bool IsBinary(this DataType type) => type is DataType.Binary or DataType.VarBinary;
}
