namespace Arctic.Columnar.Types;

/// <summary>
/// A SQL type with its nullability, as Flink derives and prints it (spec/flink-sql.md, 2.1). <see cref="ToString"/> gives Flink's text,
/// <c>DECIMAL(10, 2) NOT NULL</c>. The physical form of its columns is <see cref="Layout"/>.
/// </summary>
public abstract record DataType
{
    /// <summary>The greatest length of CHAR, VARCHAR, BINARY and VARBINARY; VARCHAR of it is STRING, VARBINARY of it BYTES.</summary>
    public const int MaxLength = int.MaxValue;

    private DataType()
    {
    }

    /// <summary>Whether a value may be NULL; true unless said otherwise.</summary>
    public bool IsNullable { get; init; } = true;

    /// <summary>How a column of this type lies in memory.</summary>
    public abstract ColumnLayout Layout { get; }

    /// <summary>Flink's text without <c>NOT NULL</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The same type that admits NULL.</summary>
    public DataType AsNullable() => IsNullable ? this : this with { IsNullable = true };

    /// <summary>The same type without NULL.</summary>
    public DataType AsNotNull() => IsNullable ? this with { IsNullable = false } : this;

    /// <summary>The same type with the given nullability.</summary>
    public DataType WithNullability(bool isNullable) => isNullable ? AsNullable() : AsNotNull();

    /// <summary>Whether both are the same type when nullability of the outermost level is left aside.</summary>
    public bool EqualsIgnoringNullability(DataType other) => AsNullable().Equals(other.AsNullable());

    /// <summary>Flink's text of the type, with <c>NOT NULL</c> where it holds.</summary>
    public sealed override string ToString() => IsNullable ? Name : Name + " NOT NULL";

    /// <summary>The type of a bare <c>NULL</c>.</summary>
    public sealed record Null : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Null;

        /// <inheritdoc/>
        public override string Name => "NULL";
    }

    /// <summary>TRUE or FALSE; bit-packed.</summary>
    public sealed record Boolean : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Boolean;

        /// <inheritdoc/>
        public override string Name => "BOOLEAN";
    }

    /// <summary>8-bit signed integer.</summary>
    public sealed record TinyInt : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int8;

        /// <inheritdoc/>
        public override string Name => "TINYINT";
    }

    /// <summary>16-bit signed integer.</summary>
    public sealed record SmallInt : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int16;

        /// <inheritdoc/>
        public override string Name => "SMALLINT";
    }

    /// <summary>32-bit signed integer.</summary>
    public sealed record Int : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int32;

        /// <inheritdoc/>
        public override string Name => "INT";
    }

    /// <summary>64-bit signed integer.</summary>
    public sealed record BigInt : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int64;

        /// <inheritdoc/>
        public override string Name => "BIGINT";
    }

    /// <summary>32-bit IEEE float.</summary>
    public sealed record Float : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Float32;

        /// <inheritdoc/>
        public override string Name => "FLOAT";
    }

    /// <summary>64-bit IEEE float.</summary>
    public sealed record Double : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Float64;

        /// <inheritdoc/>
        public override string Name => "DOUBLE";
    }

    /// <summary>Exact decimal; values are unscaled 128-bit integers.</summary>
    /// <param name="Precision">Digits in all, 1 to 38.</param>
    /// <param name="Scale">Digits after the point, 0 to <paramref name="Precision"/>.</param>
    public sealed record Decimal(int Precision, int Scale) : DataType
    {
        /// <summary>The greatest precision.</summary>
        public const int MaxPrecision = 38;

        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int128;

        /// <inheritdoc/>
        public override string Name => $"DECIMAL({Precision}, {Scale})";
    }

    /// <summary>Text of exactly <paramref name="Length"/> code points, blank padded.</summary>
    public sealed record Char(int Length) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Bytes;

        /// <inheritdoc/>
        public override string Name => $"CHAR({Length})";
    }

    /// <summary>Text of at most <paramref name="Length"/> code points; STRING when that is <see cref="MaxLength"/>.</summary>
    public sealed record VarChar(int Length) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Bytes;

        /// <inheritdoc/>
        public override string Name => Length == MaxLength ? "STRING" : $"VARCHAR({Length})";
    }

    /// <summary>Exactly <paramref name="Length"/> bytes.</summary>
    public sealed record Binary(int Length) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Bytes;

        /// <inheritdoc/>
        public override string Name => $"BINARY({Length})";
    }

    /// <summary>At most <paramref name="Length"/> bytes; BYTES when that is <see cref="MaxLength"/>.</summary>
    public sealed record VarBinary(int Length) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Bytes;

        /// <inheritdoc/>
        public override string Name => Length == MaxLength ? "BYTES" : $"VARBINARY({Length})";
    }

    /// <summary>Days since 1970-01-01, proleptic Gregorian.</summary>
    public sealed record Date : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int32;

        /// <inheritdoc/>
        public override string Name => "DATE";
    }

    /// <summary>Microseconds of the day, whatever the precision.</summary>
    /// <param name="Precision">Fraction digits that are kept and printed, 0 to 9.</param>
    public sealed record Time(int Precision) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int64;

        /// <inheritdoc/>
        public override string Name => $"TIME({Precision})";
    }

    /// <summary>
    /// Wall-clock time since 1970-01-01T00:00:00: microseconds when <paramref name="Precision"/> is at most 6, else nanoseconds (which reach from 1677 to 2262).
    /// </summary>
    public sealed record Timestamp(int Precision) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int64;

        /// <inheritdoc/>
        public override string Name => $"TIMESTAMP({Precision})";

        /// <summary>Whether values are nanoseconds.</summary>
        public bool IsNanos => Precision > 6;
    }

    /// <summary>An instant, in the same units as <see cref="Timestamp"/> since 1970-01-01T00:00:00Z; printed in the session's time zone.</summary>
    public sealed record TimestampLtz(int Precision) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int64;

        /// <inheritdoc/>
        public override string Name => $"TIMESTAMP_LTZ({Precision})";

        /// <summary>Whether values are nanoseconds.</summary>
        public bool IsNanos => Precision > 6;
    }

    /// <summary>Whole months.</summary>
    public sealed record IntervalYearMonth : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int32;

        /// <inheritdoc/>
        public override string Name => "INTERVAL MONTH";
    }

    /// <summary>Milliseconds.</summary>
    public sealed record IntervalDayTime : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Int64;

        /// <inheritdoc/>
        public override string Name => "INTERVAL SECOND(3)";
    }

    /// <summary>A list of values of one type.</summary>
    public sealed record Array(DataType Element) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.List;

        /// <inheritdoc/>
        public override string Name => $"ARRAY<{Element}>";
    }

    /// <summary>Keys with values; keys are unique, their order means nothing.</summary>
    public sealed record Map(DataType Key, DataType Value) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Map;

        /// <inheritdoc/>
        public override string Name => $"MAP<{Key}, {Value}>";
    }

    /// <summary>A bag: elements with counts; laid out as a map from element to INT.</summary>
    public sealed record Multiset(DataType Element) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Map;

        /// <inheritdoc/>
        public override string Name => $"MULTISET<{Element}>";
    }

    /// <summary>Named fields.</summary>
    public sealed record Row(EquatableList<Field> Fields) : DataType
    {
        /// <inheritdoc/>
        public override ColumnLayout Layout => ColumnLayout.Row;

        /// <inheritdoc/>
        public override string Name => $"ROW<{string.Join(", ", Fields.Select(f => $"`{f.Name}` {f.Type}"))}>";
    }
}

/// <summary>A named, typed member of a row or schema.</summary>
/// <param name="Name">As written; compared case-sensitively.</param>
/// <param name="Type">With its nullability.</param>
public sealed record Field(string Name, DataType Type)
{
    /// <summary>The comment of the column; null when there is none.</summary>
    public string? Comment { get; init; }
}

/// <summary>The physical form of a column: Arrow's layouts, with one width an entry.</summary>
public enum ColumnLayout
{
    /// <summary>No values at all: every row is NULL.</summary>
    Null,

    /// <summary>One bit a value, least significant first.</summary>
    Boolean,

    /// <summary><see cref="sbyte"/> values.</summary>
    Int8,

    /// <summary><see cref="short"/> values.</summary>
    Int16,

    /// <summary><see cref="int"/> values.</summary>
    Int32,

    /// <summary><see cref="long"/> values.</summary>
    Int64,

    /// <summary><see cref="float"/> values.</summary>
    Float32,

    /// <summary><see cref="double"/> values.</summary>
    Float64,

    /// <summary><see cref="System.Int128"/> values, little-endian: Arrow's decimal128.</summary>
    Int128,

    /// <summary>32-bit offsets into bytes; text is UTF-8.</summary>
    Bytes,

    /// <summary>32-bit offsets into a child column.</summary>
    List,

    /// <summary>32-bit offsets into a key and a value column.</summary>
    Map,

    /// <summary>One child column a field.</summary>
    Row,
}
