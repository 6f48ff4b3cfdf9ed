using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Mapping;

/// <summary>The schema of a new table whose rows are records. Names become snake_case; what admits null is optional; ids are those that Java would give.</summary>
internal sealed class RecordSchema
{
    private static readonly Dictionary<Type, IcebergType> Defaults = new()
    {
        [typeof(bool)] = IcebergTypes.Boolean,
        [typeof(sbyte)] = IcebergTypes.Int,
        [typeof(byte)] = IcebergTypes.Int,
        [typeof(short)] = IcebergTypes.Int,
        [typeof(ushort)] = IcebergTypes.Int,
        [typeof(int)] = IcebergTypes.Int,
        [typeof(uint)] = IcebergTypes.Long,
        [typeof(long)] = IcebergTypes.Long,
        [typeof(ulong)] = new IcebergType.Decimal(20, 0),
        [typeof(Int128)] = new IcebergType.Decimal(38, 0),
        [typeof(float)] = IcebergTypes.Float,
        [typeof(double)] = IcebergTypes.Double,
        [typeof(decimal)] = new IcebergType.Decimal(38, 18),
        [typeof(string)] = IcebergTypes.String,
        [typeof(byte[])] = IcebergTypes.Binary,
        [typeof(Guid)] = IcebergTypes.Uuid,
        [typeof(DateOnly)] = IcebergTypes.Date,
        [typeof(TimeOnly)] = IcebergTypes.Time,
        [typeof(DateTime)] = IcebergTypes.Timestamp,
        [typeof(DateTimeOffset)] = IcebergTypes.TimestampTz,
    };

    private readonly Stack<Type> _under = [];
    private int _lastId;

    private RecordSchema()
    {
    }

    /// <summary>The schema of a record type.</summary>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>: a property's type has no column type; <c>INVALID_STATEMENT</c>: two columns could not be told apart.</exception>
    public static Schema Of<T>()
    {
        var schema = new RecordSchema();
        schema._under.Push(typeof(T));
        var fields = schema.FieldsOf(RecordType<T>.Instance.Members);
        try
        {
            return new Schema(0, fields);
        }
        catch (ArgumentException e)
        {
            // A column 'a.b' beside a struct 'a' with a member 'b'.
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot make columns of {MemberType.NameOf(typeof(T))}: {e.Message}", e) { Hint = "Name a column without a dot." };
        }
    }

    private EquatableList<NestedField> FieldsOf(IReadOnlyList<RecordMember> members)
    {
        CheckNames(members);

        // All ids of one level come before those below it.
        var ids = members.Select(_ => ++_lastId).ToArray();
        return members.Select((m, i) => FieldOf(m, ids[i])).ToEquatableList();
    }

    private static string NameOf(RecordMember member) => member.Column?.Name ?? ColumnNames.ForProperty(member.Property.Name);

    // Most engines do not tell names apart by case, and a property without a name of its own finds its column without underscores, too.
    private static void CheckNames(IReadOnlyList<RecordMember> members)
    {
        foreach (var (i, member) in members.Index())
        {
            var (name, isNamed) = (NameOf(member), member.Column?.Name is not null);
            var other = members.Take(i).FirstOrDefault(o =>
                isNamed && o.Column?.Name is not null ? string.Equals(NameOf(o), name, StringComparison.OrdinalIgnoreCase) : ColumnNames.AreAlike(NameOf(o), name));
            if (other is not null)
            {
                throw new ArcticException(ErrorCodes.InvalidStatement, $"The properties '{other.Name}' and '{member.Name}' would be the columns '{NameOf(other)}' and '{name}', which cannot be told apart.")
                {
                    Hint = "Name one of them otherwise with [IcebergColumn(\"name\")], or leave it out with [IcebergIgnore].",
                };
            }
        }
    }

    private NestedField FieldOf(RecordMember member, int id)
    {
        return new NestedField(id, NameOf(member), TypeOf(member.Type, member), !member.Type.IsNullable) { Doc = member.Column?.Doc };
    }

    private IcebergType TypeOf(MemberType type, RecordMember member)
    {
        switch (type.Kind)
        {
            case MemberKind.Value:
                return ValueTypeOf(type, member);
            case MemberKind.List:
                var element = type.Arguments[0];
                return new IcebergType.List(++_lastId, TypeOf(element, member), !element.IsNullable);
            case MemberKind.Map:
                var (keyId, valueId) = (++_lastId, ++_lastId);
                var (key, value) = (type.Arguments[0], type.Arguments[1]);
                return new IcebergType.Map(keyId, TypeOf(key, member with { Column = null }), valueId, TypeOf(value, member), !value.IsNullable);
            case MemberKind.Record:
                return StructOf(type, member);
            default:
                throw new ArcticException(ErrorCodes.TypeMismatch, $"The property '{member.Name}' has the type {type}, for which Iceberg has none.")
                {
                    Hint = type.Core == typeof(TimeSpan) ? "Store the ticks of a duration as a long."
                        : type.Core == typeof(char) ? "Use string."
                        : "Leave it out with [IcebergIgnore], or use a type that is listed in docs/guide/iceberg.md.",
                };
        }
    }

    private IcebergType.Struct StructOf(MemberType type, RecordMember member)
    {
        if (_under.Contains(type.Core))
        {
            throw new ArcticException(ErrorCodes.TypeMismatch, $"The property '{member.Name}' has the type {type}, which contains itself: a column has a fixed depth.");
        }

        _under.Push(type.Core);
        var fields = FieldsOf(RecordMembers.Of(type.Core));
        _under.Pop();
        return new IcebergType.Struct(fields);
    }

    private static IcebergType ValueTypeOf(MemberType type, RecordMember member)
    {
        var fallback = Defaults[type.Core.IsEnum ? type.Core.GetEnumUnderlyingType() : type.Core];
        if (member.Column?.Type is not { } text)
        {
            return fallback;
        }

        var chosen = SchemaJson.FindPrimitive(text)
            ?? throw new ArcticException(ErrorCodes.TypeMismatch, $"The property '{member.Name}' asks for the column type '{text}', which is not one of Iceberg's.")
            {
                Hint = "Write it as the format does: int, long, decimal(10, 2), timestamptz, timestamp_ns, fixed[16], …",
            };

        // What would not be written is refused before a table is made of it.
        var place = new MappingPlace(member.Name, type, member.Column.Name ?? ColumnNames.ForProperty(member.Property.Name), chosen);
        _ = Codecs.Make(place, TypeMapping.ToDataType(chosen), MappingUse.Write);
        return chosen;
    }
}

/// <summary>The members of a type that is known at run time only.</summary>
internal static class RecordMembers
{
    /// <summary>As <see cref="RecordType{T}.Members"/>.</summary>
    public static IReadOnlyList<RecordMember> Of(Type type) =>
        (IReadOnlyList<RecordMember>)typeof(RecordMembers).GetMethod(nameof(Get), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)! // the method below
            .MakeGenericMethod(type).Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, null, null)!; // never null

    private static IReadOnlyList<RecordMember> Get<T>() => RecordType<T>.Instance.Members;
}
