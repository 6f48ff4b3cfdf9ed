using System.Linq.Expressions;
using System.Reflection;
using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Mapping;

/// <summary>Takes one member of many rows out into an array.</summary>
internal delegate void ExtractMember<TRecord, TMember>(TRecord[] rows, int count, TMember[] values);

/// <summary>Makes rows of one array a member, in the order of <see cref="RecordType{T}.Members"/>.</summary>
internal delegate void AssembleRecords<TRecord>(Array[] members, int count, TRecord[] rows);

/// <summary>
/// What a record type is made of, and the loops that take rows apart into arrays and put them together again; compiled once a type. All work a row is in them.
/// </summary>
internal sealed class RecordType<T>
{
    private static readonly Lazy<RecordType<T>> Lazy = new(() => new RecordType<T>());
    private readonly ConstructorInfo? _constructor;
    private readonly Lazy<Delegate>[] _extractors;
    private readonly Lazy<AssembleRecords<T>> _assembler;

    private RecordType()
    {
        if (MemberType.Of(typeof(T)).Kind != MemberKind.Record)
        {
            throw new ArcticException(ErrorCodes.TypeMismatch, $"The type {MemberType.NameOf(typeof(T))} is not one whose properties are columns.")
            {
                Hint = "Use a record, class or struct with a public property for each column.",
            };
        }

        _constructor = FindConstructor();
        Members = RecordMember.Of(typeof(T), _constructor);
        if (Members.Count == 0)
        {
            throw new ArcticException(ErrorCodes.TypeMismatch, $"The type {MemberType.NameOf(typeof(T))} has no public property that could be a column: none with a setter ('init' will do) or a constructor's parameter.");
        }

        _extractors = Members.Select(m => new Lazy<Delegate>(() => CompileExtractor(m.Property))).ToArray();
        _assembler = new Lazy<AssembleRecords<T>>(CompileAssembler);
    }

    /// <summary>The type's only instance.</summary>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>: it has no properties that are columns.</exception>
    public static RecordType<T> Instance => Lazy.Value;

    /// <summary>The properties that are columns.</summary>
    public IReadOnlyList<RecordMember> Members { get; }

    /// <summary>The loop that puts rows together.</summary>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>: the type cannot be made from its properties.</exception>
    public AssembleRecords<T> Assembler => _assembler.Value;

    /// <summary>The loop that takes a member out.</summary>
    public ExtractMember<T, TMember> Extractor<TMember>(int member) => (ExtractMember<T, TMember>)_extractors[member].Value;

    // The one whose every parameter is a property, and most of them; a record's primary constructor is.
    private static ConstructorInfo? FindConstructor()
    {
        var properties = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance);
        return typeof(T).GetConstructors()
            .Where(c => Array.TrueForAll(c.GetParameters(), a => Array.Exists(properties, p => RecordMember.IsSetBy(p, a))))
            .MaxBy(c => c.GetParameters().Length);
    }

    private static Delegate CompileExtractor(PropertyInfo property)
    {
        var rows = Expression.Parameter(typeof(T[]), "rows");
        var count = Expression.Parameter(typeof(int), "count");
        var values = Expression.Parameter(property.PropertyType.MakeArrayType(), "values");
        var body = Loop(count, i => Expression.Assign(Expression.ArrayAccess(values, i), Expression.Property(Expression.ArrayIndex(rows, i), property)));
        return Expression.Lambda(typeof(ExtractMember<,>).MakeGenericType(typeof(T), property.PropertyType), body, rows, count, values).Compile();
    }

    private AssembleRecords<T> CompileAssembler()
    {
        RequireSettable();
        var members = Expression.Parameter(typeof(Array[]), "members");
        var count = Expression.Parameter(typeof(int), "count");
        var rows = Expression.Parameter(typeof(T[]), "rows");
        var arrays = Members.Select(m => Expression.Variable(m.Property.PropertyType.MakeArrayType(), m.Property.Name)).ToArray();
        var unpack = arrays.Select((a, m) => (Expression)Expression.Assign(a, Expression.Convert(Expression.ArrayIndex(members, Expression.Constant(m)), a.Type)));
        var loop = Loop(count, i => Expression.Assign(Expression.ArrayAccess(rows, i), MakeRow(arrays, i)));
        return Expression.Lambda<AssembleRecords<T>>(Expression.Block(arrays, [.. unpack, loop]), members, count, rows).Compile();
    }

    private MemberInitExpression MakeRow(ParameterExpression[] arrays, Expression i)
    {
        var arguments = (_constructor?.GetParameters() ?? []).Select(p => ArgumentOf(p, arrays, i)).ToArray();
        var made = _constructor is null ? Expression.New(typeof(T)) : Expression.New(_constructor, arguments);
        var settable = Members.Index().Where(m => m.Item.Parameter is null);
        return Expression.MemberInit(made, settable.Select(m => Expression.Bind(m.Item.Property, Expression.ArrayIndex(arrays[m.Index], i))));
    }

    // A parameter of a property that is left out takes its default.
    private Expression ArgumentOf(ParameterInfo parameter, ParameterExpression[] arrays, Expression i)
    {
        var member = Members.Index().FirstOrDefault(m => m.Item.Parameter?.Position == parameter.Position, (-1, null!)).Index;
        return member >= 0 ? Expression.ArrayIndex(arrays[member], i)
            : parameter is { HasDefaultValue: true, DefaultValue: { } value } ? Expression.Constant(value, parameter.ParameterType)
            : Expression.Default(parameter.ParameterType);
    }

    private void RequireSettable()
    {
        if (typeof(T).IsAbstract)
        {
            throw new ArcticException(ErrorCodes.TypeMismatch, $"Cannot read rows as {MemberType.NameOf(typeof(T))}: it is abstract, and no row can be made of it.");
        }

        if (_constructor is null && !typeof(T).IsValueType)
        {
            throw new ArcticException(
                ErrorCodes.TypeMismatch, $"Cannot read rows as {MemberType.NameOf(typeof(T))}: it has no public constructor whose parameters are its properties, or without parameters.");
        }
    }

    private static BlockExpression Loop(ParameterExpression count, Func<ParameterExpression, Expression> body)
    {
        var i = Expression.Variable(typeof(int), "i");
        var end = Expression.Label();
        return Expression.Block(
            [i],
            Expression.Assign(i, Expression.Constant(0)),
            Expression.Loop(
                Expression.IfThenElse(Expression.LessThan(i, count), Expression.Block(body(i), Expression.PreIncrementAssign(i)), Expression.Break(end)),
                end));
    }
}
