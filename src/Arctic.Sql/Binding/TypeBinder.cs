using Arctic.Columnar.Types;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Where a type is written: a bare VARCHAR is STRING in a CAST and VARCHAR(1) in a column.</summary>
internal enum TypePlace
{
    /// <summary>The target of CAST.</summary>
    Cast,

    /// <summary>The type of a column.</summary>
    Column,
}

/// <summary>Makes types of what is written (spec/flink-sql.md, 2.1).</summary>
internal static class TypeBinder
{
    private const int TimePrecisionMax = 9;

    private static readonly Dictionary<string, string> Spellings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["REAL"] = "FLOAT",
        ["TEXT"] = "STRING",
        ["CLOB"] = "STRING",
        ["NVARCHAR"] = "VARCHAR",
        ["LONG"] = "BIGINT",
        ["INT8"] = "BIGINT",
        ["INT4"] = "INT",
        ["INT2"] = "SMALLINT",
        ["BLOB"] = "BYTES",
        ["BYTEA"] = "BYTES",
        ["BOOL"] = "BOOLEAN",
        ["BIT"] = "BOOLEAN",
        ["DATETIME"] = "TIMESTAMP",
        ["TIMESTAMPTZ"] = "TIMESTAMP_LTZ",
        ["STRUCT"] = "ROW",
        ["UUID"] = "BINARY(16)",
    };

    private static readonly string[] Names =
    [
        "CHAR", "VARCHAR", "STRING", "BOOLEAN", "BINARY", "VARBINARY", "BYTES", "DECIMAL", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DATE", "TIME", "TIMESTAMP",
        "TIMESTAMP_LTZ", "ARRAY", "MAP", "MULTISET", "ROW",
    ];

    /// <summary>The type, with its nullability.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">The name is unknown or a number is out of its range.</exception>
    public static DataType Bind(SqlTypeName type, TypePlace place) => BindNullable(type, place).WithNullability(type.IsNullable);

    private static DataType BindNullable(SqlTypeName type, TypePlace place) => type switch
    {
        SqlTypeName.Simple simple => BindSimple(simple, place),
        SqlTypeName.Interval { Qualifier.IsYearMonth: true } => new DataType.IntervalYearMonth(),
        SqlTypeName.Interval => new DataType.IntervalDayTime(),
        SqlTypeName.Array array => new DataType.Array(Bind(array.Element, place)),
        SqlTypeName.Multiset multiset => new DataType.Multiset(Bind(multiset.Element, place)),
        SqlTypeName.Map map => new DataType.Map(Bind(map.Key, place), Bind(map.Value, place)),
        SqlTypeName.Row row => BindRow(row, place),
        SqlTypeName.Unknown unknown => throw Unknown(unknown),
        _ => throw new System.Diagnostics.UnreachableException(type.GetType().Name),
    };

    private static DataType BindSimple(SqlTypeName.Simple type, TypePlace place) => type.Name switch
    {
        "BOOLEAN" => DataTypes.Boolean,
        "TINYINT" => DataTypes.TinyInt,
        "SMALLINT" => DataTypes.SmallInt,
        "INT" => DataTypes.Int,
        "BIGINT" => DataTypes.BigInt,
        "FLOAT" => DataTypes.Float,
        "DOUBLE" => DataTypes.Double,
        "DATE" => DataTypes.Date,
        "STRING" => DataTypes.String,
        "BYTES" => DataTypes.Bytes,
        "CHAR" => new DataType.Char(Length(type, 1)),
        "BINARY" => new DataType.Binary(Length(type, 1)),
        "VARCHAR" => new DataType.VarChar(Length(type, place == TypePlace.Cast ? DataType.MaxLength : 1)),
        "VARBINARY" => new DataType.VarBinary(Length(type, place == TypePlace.Cast ? DataType.MaxLength : 1)),
        "DECIMAL" => BindDecimal(type),
        "TIME" => DataTypes.Time(Precision(type, 0)),
        "TIMESTAMP" => DataTypes.Timestamp(Precision(type, 6)),
        "TIMESTAMP_LTZ" => DataTypes.TimestampLtz(Precision(type, 6)),
        _ => throw BindingErrors.Unsupported(type, $"The type {type.Name}"),
    };

    private static int Length(SqlTypeName.Simple type, int otherwise)
    {
        var length = type.Arguments.Count == 0 ? otherwise : type.Arguments[0];
        return length >= 1 ? length : throw BindingErrors.Invalid(type, $"{type.Name} needs a length of 1 at least, not {length}.");
    }

    private static int Precision(SqlTypeName.Simple type, int otherwise)
    {
        var precision = type.Arguments.Count == 0 ? otherwise : type.Arguments[0];
        return precision <= TimePrecisionMax ? precision : throw BindingErrors.Invalid(type, $"{type.Name} has a precision from 0 to {TimePrecisionMax}, not {precision}.");
    }

    // More than 38 digits become 38 without a word, as in Flink.
    private static DataType.Decimal BindDecimal(SqlTypeName.Simple type)
    {
        var precision = Math.Min(type.Arguments.Count > 0 ? type.Arguments[0] : 10, DataType.Decimal.MaxPrecision);
        var scale = type.Arguments.Count > 1 ? type.Arguments[1] : 0;
        if (precision < 1)
        {
            throw BindingErrors.Invalid(type, $"DECIMAL has a precision from 1 to {DataType.Decimal.MaxPrecision}, not {precision}.");
        }

        return scale <= precision
            ? new DataType.Decimal(precision, scale)
            : throw BindingErrors.Invalid(type, $"The scale {scale} of a DECIMAL must not be greater than its precision {precision}.");
    }

    private static DataType.Row BindRow(SqlTypeName.Row row, TypePlace place)
    {
        var duplicate = row.Fields.GroupBy(f => f.Name.Name).FirstOrDefault(g => g.Count() > 1);
        return duplicate is null
            ? new DataType.Row(new EquatableList<Field>(row.Fields.Select(f => new Field(f.Name.Name, Bind(f.Type, place)) { Comment = f.Comment })))
            : throw BindingErrors.Invalid(row, $"The ROW type has two fields named '{duplicate.Key}'.");
    }

    private static Columnar.Errors.ArcticException Unknown(SqlTypeName.Unknown type)
    {
        var name = type.Name.ToString();
        var hint = Spellings.TryGetValue(name, out var spelling) ? $"Write {spelling}." : Columnar.Errors.NameSuggestion.For(name, Names);
        return new Columnar.Errors.ArcticException(Columnar.Errors.ErrorCodes.UnknownName, $"There is no type '{name}'.") { Position = type.Position, Hint = hint };
    }
}
