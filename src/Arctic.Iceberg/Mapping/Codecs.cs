using System.Globalization;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Mapping;

/// <summary>Finds the codec between a .NET type and a column's type. Reflection runs here, once a column, and nowhere later.</summary>
internal static class Codecs
{
    /// <summary>A <see cref="ValueCodec{TValue}"/> of the place's .NET type.</summary>
    /// <param name="type">The column's SQL type.</param>
    /// <exception cref="Columnar.Errors.ArcticException"><c>TYPE_MISMATCH</c>, with both types and names.</exception>
    public static object Make(MappingPlace place, DataType type, MappingUse use)
    {
        var declared = place.MemberType.Type;
        var core = place.MemberType.Core;
        var values = MakeOfValues(place, core, type, use);
        return declared != core ? Close<object>(typeof(NullableCodec<>), [core], type, values, place)
            : declared.IsValueType ? Close<object>(typeof(RequiredCodec<>), [core], values, place)
            : Close<object>(typeof(ReferenceCodec<>), [core], type, values, place);
    }

    /// <summary>Makes an object of a generic class.</summary>
    public static T Close<T>(Type generic, Type[] types, params object?[] arguments)
    {
        try
        {
            return (T)Activator.CreateInstance(generic.MakeGenericType(types), arguments)!; // only of Nullable<> the result is null
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }

    private static object MakeOfValues(MappingPlace place, Type core, DataType type, MappingUse use)
    {
        switch (place.MemberType.Kind)
        {
            case MemberKind.List when place.ColumnType is IcebergType.List list && type is DataType.Array array:
                var element = place.MemberType.Arguments[0];
                return Close<object>(typeof(ListCodec<,>), [core, element.Type], type, Make(place.Below("element", element, list.Element), array.Element, use));
            case MemberKind.Map when place.ColumnType is IcebergType.Map map && type is DataType.Map row:
                var (key, value) = (place.MemberType.Arguments[0], place.MemberType.Arguments[1]);
                var keys = Make(place.Below("key", key with { IsNullable = false }, map.Key), row.Key, use);
                return Close<object>(typeof(MapCodec<,,>), [core, key.Type, value.Type], type, keys, Make(place.Below("value", value, map.Value), row.Value, use));
            case MemberKind.Record when place.ColumnType is IcebergType.Struct fields:
                return Call(nameof(MakeRecord), core, type, fields, use, place);
            case MemberKind.Value:
                return MakeOfValue(place, core, type) ?? throw place.DoesNotFit(HintFor(place, core));
            default:
                throw place.DoesNotFit(HintFor(place, core));
        }
    }

    private static RecordCodec<T> MakeRecord<T>(DataType type, IcebergType.Struct fields, MappingUse use, MappingPlace place) =>
        new(type, RecordColumns<T>.Bind(fields.Fields, use, $"the struct '{place.Column}'"));

    private static object? MakeOfValue(MappingPlace place, Type core, DataType type)
    {
        if (core.IsEnum)
        {
            return Call(nameof(MakeEnum), core, place, type);
        }

        return place.ColumnType switch
        {
            IcebergType.Boolean when core == typeof(bool) => new BooleanCodec(type),
            IcebergType.Float when core == typeof(float) => new SameCodec<float>(type),
            IcebergType.Double when core == typeof(double) => new SameCodec<double>(type),
            IcebergType.Double when core == typeof(float) => new FixedCodec<float, double, FloatConversion>(type, place, default),
            IcebergType.Float when core == typeof(double) => new FixedCodec<double, float, FloatConversion>(type, place, default),
            IcebergType.Decimal d when core == typeof(decimal) => new FixedCodec<decimal, Int128, DecimalConversion>(type, place, new(d.Precision, d.Scale)),
            IcebergType.String when core == typeof(string) => new BytesCodec<string, TextConversion>(type, place, default),
            IcebergType.Binary when core == typeof(byte[]) => new BytesCodec<byte[], BinaryConversion>(type, place, new(null)),
            IcebergType.Fixed f when core == typeof(byte[]) => new BytesCodec<byte[], BinaryConversion>(type, place, new(f.Length)),
            IcebergType.Uuid when core == typeof(byte[]) => new BytesCodec<byte[], BinaryConversion>(type, place, new(16)),
            IcebergType.Uuid or IcebergType.Fixed { Length: 16 } when core == typeof(Guid) => new BytesCodec<Guid, UuidConversion>(type, place, default),
            _ when core.IsPrimitive || core == typeof(Int128) => MakeInteger(place, core, type),
            _ => MakeOfTime(place, core, type),
        };
    }

    private static object? MakeOfTime(MappingPlace place, Type core, DataType type)
    {
        var scale = new TickScale(place.ColumnType is IcebergType.TimestampNs or IcebergType.TimestampTzNs);
        return place.ColumnType switch
        {
            IcebergType.Date when core == typeof(DateOnly) => new FixedCodec<DateOnly, int, DateConversion>(type, place, default),
            IcebergType.Time when core == typeof(TimeOnly) => new FixedCodec<TimeOnly, long, TimeOfDayConversion>(type, place, default),
            IcebergType.Timestamp or IcebergType.TimestampNs when core == typeof(DateTime) =>
                new FixedCodec<DateTime, long, WallClockConversion>(type, place, new(scale)),
            IcebergType.TimestampTz or IcebergType.TimestampTzNs when core == typeof(DateTime) => new FixedCodec<DateTime, long, UtcConversion>(type, place, new(scale)),
            IcebergType.TimestampTz or IcebergType.TimestampTzNs when core == typeof(DateTimeOffset) =>
                new FixedCodec<DateTimeOffset, long, InstantConversion>(type, place, new(scale)),
            _ => null,
        };
    }

    private static object? MakeInteger(MappingPlace place, Type core, DataType type)
    {
        if (core == typeof(bool) || core == typeof(float) || core == typeof(double) || core == typeof(char))
        {
            return null;
        }

        return place.ColumnType switch
        {
            IcebergType.Int when core == typeof(int) => new SameCodec<int>(type),
            IcebergType.Long when core == typeof(long) => new SameCodec<long>(type),
            IcebergType.Int => Call(nameof(MakeIntegerOf), [core, typeof(int)], place, type),
            IcebergType.Long => Call(nameof(MakeIntegerOf), [core, typeof(long)], place, type),
            IcebergType.Decimal { Scale: 0 } d => Call(nameof(MakeWholeDecimal), core, place, type, d.Precision),
            _ => null,
        };
    }

    private static FixedCodec<TValue, TStored, IntegerConversion<TValue, TStored>> MakeIntegerOf<TValue, TStored>(MappingPlace place, DataType type)
        where TValue : struct, System.Numerics.IBinaryInteger<TValue>
        where TStored : unmanaged, System.Numerics.IBinaryInteger<TStored> => new(type, place, default);

    private static FixedCodec<TValue, Int128, WholeDecimalConversion<TValue>> MakeWholeDecimal<TValue>(MappingPlace place, DataType type, int precision)
        where TValue : struct, System.Numerics.IBinaryInteger<TValue> => new(type, place, new(precision));

    private static object? MakeEnum<TEnum>(MappingPlace place, DataType type)
        where TEnum : struct, Enum
    {
        if (place.ColumnType is IcebergType.String)
        {
            return new BytesCodec<TEnum, EnumNameConversion<TEnum>>(type, place, new());
        }

        var underlying = typeof(TEnum).GetEnumUnderlyingType();
        var numbers = MakeInteger(place, underlying, type);
        return numbers is null ? null : Close<object>(typeof(EnumCodec<,>), [typeof(TEnum), underlying], numbers);
    }

    private static string? HintFor(MappingPlace place, Type core) => place.ColumnType switch
    {
        IcebergType.Timestamp or IcebergType.TimestampNs when core == typeof(DateTimeOffset) => "The column is a wall clock without a zone: use DateTime, or make the column timestamptz.",
        IcebergType.Decimal { Scale: > 0 } when core.IsPrimitive => "Use decimal.",
        IcebergType.Variant or IcebergType.Geometry or IcebergType.Geography => string.Create(CultureInfo.InvariantCulture, $"Columns of type {place.ColumnType} are not read or written."),
        _ when core == typeof(TimeSpan) => "Iceberg has no type for durations: store the ticks as a long.",
        _ when core == typeof(char) => "Use string.",
        _ => null,
    };

    private static object Call(string method, Type type, params object?[] arguments) => Call(method, [type], arguments);

    private static object Call(string method, Type[] types, params object?[] arguments) =>
        typeof(Codecs).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(types) // the methods above
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, CultureInfo.InvariantCulture)!; // null is told apart by the caller
}
