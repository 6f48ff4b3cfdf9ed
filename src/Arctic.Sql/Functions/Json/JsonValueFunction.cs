using System.Text.Json;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Json;

/// <summary>JSON_VALUE: the scalar at a path, as STRING, BOOLEAN, INTEGER or DOUBLE. The result's type is that of the default constants, see <see cref="JsonQuestion"/>.</summary>
internal sealed class JsonValueFunction() : ScalarFunction("JSON_VALUE")
{
    public static readonly JsonValueFunction Instance = new();

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments) => new(this, new(arguments), arguments[3].Type.AsNullable());

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var question = JsonQuestion.Of(call);
        var operands = arguments.Take(2).ToArray();
        return call.Type switch
        {
            DataType.Boolean => new RowKernel<ValueOp<BooleanTarget, BooleanWriter>, BooleanWriter>(call.Type, operands, question, settings),
            DataType.Int => new RowKernel<ValueOp<IntTarget, FixedWriter<int>>, FixedWriter<int>>(call.Type, operands, question, settings),
            DataType.Double => new RowKernel<ValueOp<DoubleTarget, FixedWriter<double>>, FixedWriter<double>>(call.Type, operands, question, settings),
            _ => new RowKernel<ValueOp<TextTarget, BytesWriter>, BytesWriter>(call.Type, operands, question, settings),
        };
    }

    /// <summary>Where a scalar goes.</summary>
    private interface ITarget<TWriter>
    {
        /// <summary>Writes a scalar of JSON; false when it is no value of the type.</summary>
        static abstract bool TryWrite(JsonElement scalar, TWriter output);

        /// <summary>Writes a constant of the type.</summary>
        static abstract void Write(object constant, TWriter output);
    }

    private ref struct ValueOp<TTarget, TWriter> : IRowOp<ValueOp<TTarget, TWriter>, TWriter>
        where TTarget : struct, ITarget<TWriter>
        where TWriter : ColumnWriter
    {
        private BytesReader _documents;
        private BytesReader _paths;
        private JsonQuestion _question;

        public static ValueOp<TTarget, TWriter> Open(in KernelArguments arguments) =>
            new() { _documents = arguments.Bytes(0), _paths = arguments.Bytes(1), _question = (JsonQuestion)arguments.State! }; // prepared

        public readonly void Apply(int row, TWriter output)
        {
            var path = _question.PathOf(_paths[row]);
            using var document = JsonQuestion.Parse(_documents[row]);
            var found = document is null ? [] : path.Find(document.RootElement);
            var isScalar = path.IsDefinite && found is [{ ValueKind: not (JsonValueKind.Object or JsonValueKind.Array) }];
            if (document is not null && isScalar && (found[0].ValueKind == JsonValueKind.Null || TTarget.TryWrite(found[0], output)))
            {
                if (found[0].ValueKind == JsonValueKind.Null)
                {
                    output.SetNull();
                }
            }
            else if (document is not null && path.IsLax && !isScalar)
            {
                Answer(_question.OnEmpty, _question.Empty, "there is no scalar", output);
            }
            else
            {
                Answer(_question.OnError, _question.Error, document is null ? "the text is no JSON" : found.Count == 0 ? "no results for the path" : "what is found is no scalar of the type", output);
            }
        }

        private static void Answer(JsonBehavior behavior, object? constant, string what, TWriter output)
        {
            if (behavior == JsonBehavior.Error)
            {
                throw JsonQuestion.Failed("JSON_VALUE", what);
            }

            if (behavior == JsonBehavior.Default && constant is not null)
            {
                TTarget.Write(constant, output);
            }
            else
            {
                output.SetNull();
            }
        }
    }

    private readonly struct TextTarget : ITarget<BytesWriter>
    {
        public static bool TryWrite(JsonElement scalar, BytesWriter output)
        {
            output.Append(scalar.ValueKind switch
            {
                JsonValueKind.String => scalar.GetString(),
                JsonValueKind.Number => JsonText.NumberOf(scalar.GetRawText()),
                _ => scalar.GetRawText(),
            });
            return true;
        }

        public static void Write(object constant, BytesWriter output) => output.Append((string)constant);
    }

    private readonly struct BooleanTarget : ITarget<BooleanWriter>
    {
        public static bool TryWrite(JsonElement scalar, BooleanWriter output)
        {
            output.Set(scalar.ValueKind == JsonValueKind.True);
            return scalar.ValueKind is JsonValueKind.True or JsonValueKind.False;
        }

        public static void Write(object constant, BooleanWriter output) => output.Set((bool)constant);
    }

    private readonly struct IntTarget : ITarget<FixedWriter<int>>
    {
        public static bool TryWrite(JsonElement scalar, FixedWriter<int> output)
        {
            if (scalar.ValueKind != JsonValueKind.Number || !scalar.TryGetInt32(out var value))
            {
                return false;
            }

            output.Set(value);
            return true;
        }

        public static void Write(object constant, FixedWriter<int> output) => output.Set((int)constant);
    }

    private readonly struct DoubleTarget : ITarget<FixedWriter<double>>
    {
        public static bool TryWrite(JsonElement scalar, FixedWriter<double> output)
        {
            if (scalar.ValueKind != JsonValueKind.Number)
            {
                return false;
            }

            output.Set(scalar.GetDouble());
            return true;
        }

        public static void Write(object constant, FixedWriter<double> output) => output.Set((double)constant);
    }
}
