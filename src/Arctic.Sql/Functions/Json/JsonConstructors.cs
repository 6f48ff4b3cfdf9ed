using System.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Json;

/// <summary>How the values of a JSON constructor are written: in an expression it stands before them as a constant, so that equal calls are equal.</summary>
/// <param name="LeavesNullsOut">ABSENT ON NULL.</param>
/// <param name="IsJson">Which values are JSON already: what another constructor or JSON(…) gave.</param>
internal sealed record JsonShape(bool LeavesNullsOut, IReadOnlyList<bool> IsJson)
{
    private const char Absent = 'A';
    private const char Json = 'J';

    /// <summary>Reads the constant.</summary>
    public static JsonShape Of(Expression shape)
    {
        var text = (string)((Expression.Literal)shape).Value!; // as ToArgument makes it
        return new JsonShape(text[0] == Absent, text.Skip(1).Select(c => c == Json).ToArray());
    }

    /// <summary>The constant.</summary>
    public Expression.Literal ToArgument()
    {
        var text = (LeavesNullsOut ? Absent : 'N') + string.Concat(IsJson.Select(j => j ? Json : 'V'));
        return new Expression.Literal(text, new DataType.Char(text.Length).AsNotNull());
    }

    /// <summary>Writes a value that is not to be left out.</summary>
    public void Append(int index, Column column, int row, BytesWriter output)
    {
        if (!IsJson[index] || column.IsNull(row))
        {
            JsonText.Append(column, row, output);
        }
        else
        {
            output.Append(column is ConstantColumn constant ? ((BytesColumn)constant.Value)[0] : ((BytesColumn)column)[row]);
        }
    }
}

/// <summary>JSON_OBJECT of constant keys, in the order of their names; of equal keys the last one that is not left out stays.</summary>
internal sealed class JsonObjectFunction() : ScalarFunction("JSON_OBJECT")
{
    public static readonly JsonObjectFunction Instance = new();

    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"{Name}({string.Join(", ", arguments.Skip(1).Chunk(2).Select(p => $"KEY {p[0]} VALUE {p[1]}"))})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments) => new(this, new(arguments), DataTypes.String.AsNotNull());

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var members = Enumerable.Range(0, (arguments.Count - 1) / 2)
            .GroupBy(i => (string)((Expression.Literal)call.Arguments[1 + (2 * i)]).Value!, StringComparer.Ordinal) // a text, as the binder requires
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new Member(NameOf(g.Key), g.Reverse().ToArray()))
            .ToArray();
        var values = arguments.Skip(1).Where((_, i) => i % 2 == 1).ToArray();
        return new RowKernel<ObjectOp, BytesWriter>(call.Type, values, new Layout(JsonShape.Of(call.Arguments[0]), members), settings);
    }

    private static byte[] NameOf(string key)
    {
        var output = BytesWriter.Create(DataTypes.String, 1, Bitmap.AllSet);
        JsonText.AppendString(Encoding.UTF8.GetBytes(key), output);
        output.Append((byte)':');
        return output.Written.ToArray();
    }

    /// <summary>A key as it is written, and its values, the last one first.</summary>
    private sealed record Member(byte[] Name, int[] Values);

    private sealed record Layout(JsonShape Shape, Member[] Members);

    private readonly ref struct ObjectOp(ReadOnlySpan<Column> columns, Layout layout) : IRowOp<ObjectOp, BytesWriter>
    {
        private readonly ReadOnlySpan<Column> _columns = columns;

        public static bool IsStrict => false;

        public static ObjectOp Open(in KernelArguments arguments) => new(arguments.Columns, (Layout)arguments.State!); // made by Compile

        public void Apply(int row, BytesWriter output)
        {
            output.Append((byte)'{');
            var isFirst = true;
            foreach (var member in layout.Members)
            {
                foreach (var value in member.Values)
                {
                    if (layout.Shape.LeavesNullsOut && _columns[value].IsNull(row))
                    {
                        continue;
                    }

                    output.Append(isFirst ? default : ","u8);
                    output.Append(member.Name);
                    layout.Shape.Append(value, _columns[value], row, output);
                    isFirst = false;
                    break;
                }
            }

            output.Append((byte)'}');
        }
    }
}

/// <summary>JSON_ARRAY.</summary>
internal sealed class JsonArrayFunction() : ScalarFunction("JSON_ARRAY")
{
    public static readonly JsonArrayFunction Instance = new();

    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"{Name}({string.Join(", ", arguments.Skip(1))})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments) => new(this, new(arguments), DataTypes.String.AsNotNull());

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<ArrayOp, BytesWriter>(call.Type, arguments.Skip(1).ToArray(), JsonShape.Of(call.Arguments[0]), settings);

    private readonly ref struct ArrayOp(ReadOnlySpan<Column> columns, JsonShape shape) : IRowOp<ArrayOp, BytesWriter>
    {
        private readonly ReadOnlySpan<Column> _columns = columns;

        public static bool IsStrict => false;

        public static ArrayOp Open(in KernelArguments arguments) => new(arguments.Columns, (JsonShape)arguments.State!); // made by Compile

        public void Apply(int row, BytesWriter output)
        {
            output.Append((byte)'[');
            var isFirst = true;
            for (var i = 0; i < _columns.Length; i++)
            {
                if (!shape.LeavesNullsOut || !_columns[i].IsNull(row))
                {
                    output.Append(isFirst ? default : ","u8);
                    shape.Append(i, _columns[i], row, output);
                    isFirst = false;
                }
            }

            output.Append((byte)']');
        }
    }
}

/// <summary>JSON(text) within a constructor: the text itself, which must be JSON.</summary>
internal sealed class JsonCheckFunction() : ScalarFunction("JSON")
{
    public static readonly JsonCheckFunction Instance = new();

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        BindErrors.RefuseNull(arguments);
        return arguments[0].Type.IsCharacter() ? new Expression.Call(this, new(arguments), DataTypes.String.WithNullability(arguments[0].Type.IsNullable)) : throw BindErrors.CannotApply(Name, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<CheckOp, BytesWriter>(call.Type, arguments, null, settings);

    private readonly ref struct CheckOp(BytesReader text) : IRowOp<CheckOp, BytesWriter>
    {
        private readonly BytesReader _text = text;

        public static CheckOp Open(in KernelArguments arguments) => new(arguments.Bytes(0));

        public void Apply(int row, BytesWriter output)
        {
            using var document = JsonQuestion.Parse(_text[row]) ?? throw EvaluationErrors.Failed($"Cannot evaluate JSON: '{Encoding.UTF8.GetString(_text[row])}' is no JSON.");
            JsonText.Append(document.RootElement, output);
        }
    }
}

/// <summary>The part of one row in JSON_OBJECTAGG (<c>"key":value</c>) or JSON_ARRAYAGG (the value); NULL where the row is left out. Not called by name.</summary>
internal sealed class JsonPartFunction(bool hasKey) : ScalarFunction(hasKey ? "$JSON_MEMBER" : "$JSON_ITEM")
{
    public static readonly JsonPartFunction Member = new(hasKey: true);

    public static readonly JsonPartFunction Item = new(hasKey: false);

    public override bool CanFail(Expression.Call call) => hasKey;

    public override string Print(IReadOnlyList<Expression> arguments) => $"{Name}({string.Join(", ", arguments.Skip(1))})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments) => new(this, new(arguments), DataTypes.String);

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => hasKey
        ? new RowKernel<MemberOp, BytesWriter>(call.Type, arguments.Skip(1).ToArray(), JsonShape.Of(call.Arguments[0]), settings)
        : new RowKernel<ItemOp, BytesWriter>(call.Type, arguments.Skip(1).ToArray(), JsonShape.Of(call.Arguments[0]), settings);

    private readonly ref struct MemberOp(BytesReader keys, NullReader keyNulls, Column values, JsonShape shape) : IRowOp<MemberOp, BytesWriter>
    {
        private readonly BytesReader _keys = keys;
        private readonly NullReader _keyNulls = keyNulls;

        public static bool IsStrict => false;

        public static MemberOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Nulls(0), arguments.Columns[1], (JsonShape)arguments.State!); // made by Compile

        public void Apply(int row, BytesWriter output)
        {
            if (_keyNulls[row])
            {
                throw EvaluationErrors.Failed("Cannot evaluate JSON_OBJECTAGG: a key is NULL.");
            }

            if (shape.LeavesNullsOut && values.IsNull(row))
            {
                output.SetNull();
                return;
            }

            JsonText.AppendString(_keys[row], output);
            output.Append((byte)':');
            shape.Append(0, values, row, output);
        }
    }

    private readonly ref struct ItemOp(Column values, JsonShape shape) : IRowOp<ItemOp, BytesWriter>
    {
        public static bool IsStrict => false;

        public static ItemOp Open(in KernelArguments arguments) => new(arguments.Columns[0], (JsonShape)arguments.State!); // made by Compile

        public void Apply(int row, BytesWriter output)
        {
            if (shape.LeavesNullsOut && values.IsNull(row))
            {
                output.SetNull();
            }
            else
            {
                shape.Append(0, values, row, output);
            }
        }
    }
}
