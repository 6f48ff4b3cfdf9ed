using Apache.Arrow.Types;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using ArrowField = Apache.Arrow.Field;
using ArrowSchema = Apache.Arrow.Schema;

namespace Arctic.Columnar.Arrow;

/// <summary>The Arrow type of each SQL type, and the SQL type that an Arrow array is read as.</summary>
internal static class ArrowTypes
{
    /// <summary>The Arrow type whose buffers are those of a column of <paramref name="type"/>.</summary>
    public static IArrowType ToArrow(DataType type) => type switch
    {
        DataType.Null => NullType.Default,
        DataType.Boolean => BooleanType.Default,
        DataType.TinyInt => Int8Type.Default,
        DataType.SmallInt => Int16Type.Default,
        DataType.Int => Int32Type.Default,
        DataType.BigInt => Int64Type.Default,
        DataType.Float => FloatType.Default,
        DataType.Double => DoubleType.Default,
        DataType.Decimal t => new Decimal128Type(t.Precision, t.Scale),
        DataType.Char or DataType.VarChar => StringType.Default,
        DataType.Binary or DataType.VarBinary => BinaryType.Default,
        DataType.Date => Date32Type.Default,
        DataType.Time => new Time64Type(TimeUnit.Microsecond),
        DataType.Timestamp t => new TimestampType(UnitOf(t.IsNanos), (string?)null),
        DataType.TimestampLtz t => new TimestampType(UnitOf(t.IsNanos), "UTC"),
        DataType.IntervalYearMonth => IntervalType.YearMonth,
        DataType.IntervalDayTime => DurationType.Millisecond,
        DataType.Array t => new ListType(new ArrowField("element", ToArrow(t.Element), t.Element.IsNullable)),
        DataType.Map t => ToMap(t.Key, t.Value),
        DataType.Multiset t => ToMap(t.Element, DataTypes.Int.AsNotNull()),
        DataType.Row t => new StructType(t.Fields.Select(ToField).ToArray()),
        _ => throw new System.Diagnostics.UnreachableException($"Type {type}"),
    };

    /// <summary>The Arrow schema of a batch; kinds and selection are not part of it.</summary>
    public static ArrowSchema ToArrow(RowSchema schema) => new(schema.Fields.Select(ToField), null);

    /// <summary>The SQL type that a column of an Arrow field is read as; narrower or unsigned types become the next wider one.</summary>
    public static DataType FromArrow(IArrowType type, bool isNullable) => FromArrow(type).WithNullability(isNullable);

    /// <summary>The schema that batches of an Arrow schema are read with.</summary>
    public static RowSchema FromArrow(ArrowSchema schema) => new(schema.FieldsList.Select(FromArrow));

    private static TimeUnit UnitOf(bool isNanos) => isNanos ? TimeUnit.Nanosecond : TimeUnit.Microsecond;

    private static MapType ToMap(DataType key, DataType value) =>
        new(new ArrowField("key", ToArrow(key), false), new ArrowField("value", ToArrow(value), value.IsNullable), false);

    private static ArrowField ToField(Field field) => new(field.Name, ToArrow(field.Type), field.Type.IsNullable);

    private static Field FromArrow(ArrowField field) => new(field.Name, FromArrow(field.DataType, field.IsNullable));

    private static DataType FromArrow(IArrowType type) => type switch
    {
        NullType => DataTypes.Null,
        BooleanType => DataTypes.Boolean,
        Int8Type => DataTypes.TinyInt,
        Int16Type or UInt8Type => DataTypes.SmallInt,
        Int32Type or UInt16Type => DataTypes.Int,
        Int64Type or UInt32Type => DataTypes.BigInt,
        UInt64Type => DataTypes.Decimal(20, 0),
        HalfFloatType or FloatType => DataTypes.Float,
        DoubleType => DataTypes.Double,
        Decimal32Type t => DataTypes.Decimal(t.Precision, t.Scale),
        Decimal64Type t => DataTypes.Decimal(t.Precision, t.Scale),
        Decimal128Type t => DataTypes.Decimal(t.Precision, t.Scale),
        StringType or LargeStringType or StringViewType => DataTypes.String,
        BinaryType or LargeBinaryType or BinaryViewType => DataTypes.Bytes,
        Decimal256Type => throw Unsupported(type),
        FixedSizeBinaryType t => new DataType.Binary(t.ByteWidth),
        Date32Type or Date64Type => DataTypes.Date,
        TimeBasedType t and (Time32Type or Time64Type) => DataTypes.Time(DigitsOf(t.Unit)),
        TimestampType t when t.IsTimeZoneAware => DataTypes.TimestampLtz(DigitsOf(t.Unit)),
        TimestampType t => DataTypes.Timestamp(DigitsOf(t.Unit)),
        IntervalType { Unit: IntervalUnit.YearMonth } => new DataType.IntervalYearMonth(),
        DurationType => new DataType.IntervalDayTime(),
        ListType t => new DataType.Array(FromArrow(t.ValueDataType, t.ValueField.IsNullable)),
        LargeListType t => new DataType.Array(FromArrow(t.ValueDataType, t.ValueField.IsNullable)),
        FixedSizeListType t => new DataType.Array(FromArrow(t.ValueDataType, t.ValueField.IsNullable)),
        MapType t => new DataType.Map(FromArrow(t.KeyField.DataType, false), FromArrow(t.ValueField.DataType, t.ValueField.IsNullable)),
        StructType t => new DataType.Row(new EquatableList<Field>(t.Fields.Select(FromArrow))),
        DictionaryType t => FromArrow(t.ValueType),
        Apache.Arrow.ExtensionType t => FromArrow(t.StorageType),
        _ => throw Unsupported(type),
    };

    private static int DigitsOf(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => 0,
        TimeUnit.Millisecond => 3,
        TimeUnit.Microsecond => 6,
        _ => 9,
    };

    private static ArcticException Unsupported(IArrowType type) =>
        new(ErrorCodes.FormatUnsupported, $"Cannot read an Arrow column of type '{type.Name}': there is no SQL type for it.");
}
