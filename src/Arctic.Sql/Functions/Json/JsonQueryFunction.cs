using System.Text;
using System.Text.Json;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Json;

/// <summary>JSON_QUERY: the object or array at a path, as text or as an array of texts. The result's type is that of the default constants, see <see cref="JsonQuestion"/>.</summary>
internal sealed class JsonQueryFunction() : ScalarFunction("JSON_QUERY")
{
    public static readonly JsonQueryFunction Instance = new();

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments) => new(this, new(arguments), arguments[3].Type.AsNullable());

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var question = JsonQuestion.Of(call);
        var operands = arguments.Take(2).ToArray();
        return call.Type is DataType.Array
            ? new RowKernel<QueryOp<ListTarget, TextListWriter>, TextListWriter>(call.Type, operands, question, settings)
            : new RowKernel<QueryOp<TextTarget, BytesWriter>, BytesWriter>(call.Type, operands, question, settings);
    }

    /// <summary>Where a result goes.</summary>
    private interface ITarget<TWriter>
    {
        /// <summary>Writes an object or array; false when it is no value of the type.</summary>
        static abstract bool TryWrite(JsonElement found, TWriter output);

        /// <summary>Writes an array of values.</summary>
        static abstract void Write(IReadOnlyList<JsonElement> items, TWriter output);

        /// <summary>Writes an empty object; false when it is no value of the type.</summary>
        static abstract bool TryWriteObject(TWriter output);
    }

    private ref struct QueryOp<TTarget, TWriter> : IRowOp<QueryOp<TTarget, TWriter>, TWriter>
        where TTarget : struct, ITarget<TWriter>
        where TWriter : ColumnWriter
    {
        private BytesReader _documents;
        private BytesReader _paths;
        private JsonQuestion _question;

        public static QueryOp<TTarget, TWriter> Open(in KernelArguments arguments) =>
            new() { _documents = arguments.Bytes(0), _paths = arguments.Bytes(1), _question = (JsonQuestion)arguments.State! }; // prepared

        public readonly void Apply(int row, TWriter output)
        {
            var path = _question.PathOf(_paths[row]);
            using var document = JsonQuestion.Parse(_documents[row]);
            if (document is null)
            {
                Answer(_question.OnError, "the text is no JSON", output);
                return;
            }

            var found = path.Find(document.RootElement);
            if (path.IsDefinite && found.Count == 0)
            {
                Answer(path.IsLax ? _question.OnEmpty : _question.OnError, "no results for the path", output);
            }
            else if (path.IsDefinite && found[0].ValueKind == JsonValueKind.Null)
            {
                output.SetNull();
            }
            else if (!TryWrite(found, path, output))
            {
                Answer(path.IsLax ? _question.OnEmpty : _question.OnError, "what is found is neither object nor array", output);
            }
        }

        private readonly bool TryWrite(List<JsonElement> found, JsonPath path, TWriter output)
        {
            if (!path.IsDefinite)
            {
                if (_question.Wrapper == JsonWrapper.Unconditional)
                {
                    // The list of what is found is one value.
                    using var list = JsonDocument.Parse($"[{string.Join(',', found.Select(f => f.GetRawText()))}]");
                    TTarget.Write([list.RootElement], output);
                }
                else
                {
                    TTarget.Write(found, output);
                }

                return true;
            }

            if (_question.Wrapper == JsonWrapper.Unconditional || (_question.Wrapper == JsonWrapper.Conditional && found[0].ValueKind != JsonValueKind.Array))
            {
                TTarget.Write(found, output);
                return true;
            }

            return found[0].ValueKind is JsonValueKind.Object or JsonValueKind.Array && TTarget.TryWrite(found[0], output);
        }

        private static void Answer(JsonBehavior behavior, string what, TWriter output)
        {
            switch (behavior)
            {
                case JsonBehavior.Error:
                    throw JsonQuestion.Failed("JSON_QUERY", what);
                case JsonBehavior.EmptyArray:
                    TTarget.Write([], output);
                    break;
                case JsonBehavior.EmptyObject when TTarget.TryWriteObject(output):
                    break;
                default:
                    output.SetNull();
                    break;
            }
        }
    }

    private readonly struct TextTarget : ITarget<BytesWriter>
    {
        public static bool TryWrite(JsonElement found, BytesWriter output)
        {
            JsonText.Append(found, output);
            return true;
        }

        public static void Write(IReadOnlyList<JsonElement> items, BytesWriter output)
        {
            output.Append((byte)'[');
            for (var i = 0; i < items.Count; i++)
            {
                if (i > 0)
                {
                    output.Append((byte)',');
                }

                JsonText.Append(items[i], output);
            }

            output.Append((byte)']');
        }

        public static bool TryWriteObject(BytesWriter output)
        {
            output.Append("{}"u8);
            return true;
        }
    }

    private readonly struct ListTarget : ITarget<TextListWriter>
    {
        public static bool TryWrite(JsonElement found, TextListWriter output)
        {
            if (found.ValueKind != JsonValueKind.Array)
            {
                return false;
            }

            Write(found.EnumerateArray().ToList(), output);
            return true;
        }

        // Texts as they are, everything else as JSON.
        public static void Write(IReadOnlyList<JsonElement> items, TextListWriter output)
        {
            foreach (var item in items)
            {
                if (item.ValueKind == JsonValueKind.String)
                {
                    output.Add(Encoding.UTF8.GetBytes(item.GetString()!)); // a string, as tested
                    continue;
                }

                var text = BytesWriter.Create(DataTypes.String, 1, Columnar.Columns.Bitmap.AllSet);
                JsonText.Append(item, text);
                output.Add(text.Written);
            }
        }

        public static bool TryWriteObject(TextListWriter output) => false;
    }
}
