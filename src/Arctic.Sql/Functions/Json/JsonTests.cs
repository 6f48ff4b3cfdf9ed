using System.Text.Json;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Json;

/// <summary>JSON_EXISTS: whether a path finds anything.</summary>
internal sealed class JsonExistsFunction() : ScalarFunction("JSON_EXISTS")
{
    public static readonly JsonExistsFunction Instance = new();

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments) => new(this, new(arguments), DataTypes.Boolean);

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<ExistsOp, BooleanWriter>(call.Type, arguments.Take(2).ToArray(), JsonQuestion.Of(call), settings);

    private ref struct ExistsOp : IRowOp<ExistsOp, BooleanWriter>
    {
        private BytesReader _documents;
        private BytesReader _paths;
        private JsonQuestion _question;

        public static ExistsOp Open(in KernelArguments arguments) =>
            new() { _documents = arguments.Bytes(0), _paths = arguments.Bytes(1), _question = (JsonQuestion)arguments.State! }; // prepared

        public readonly void Apply(int row, BooleanWriter output)
        {
            var path = _question.PathOf(_paths[row]);
            using var document = JsonQuestion.Parse(_documents[row]);
            var exists = document is not null && path.Find(document.RootElement).Count > 0;
            if (exists || (document is not null && (path.IsLax || !path.IsDefinite)))
            {
                output.Set(exists);
                return;
            }

            switch (_question.OnError)
            {
                case JsonBehavior.Error:
                    throw JsonQuestion.Failed("JSON_EXISTS", document is null ? "the text is no JSON" : "no results for the path");
                case JsonBehavior.Null:
                    output.SetNull();
                    break;
                default:
                    output.Set(_question.OnError == JsonBehavior.True);
                    break;
            }
        }
    }
}

/// <summary>IS JSON [VALUE | SCALAR | ARRAY | OBJECT]; FALSE for NULL. The kind is the second argument, a constant.</summary>
internal sealed class IsJsonFunction() : ScalarFunction("IS_JSON")
{
    public static readonly IsJsonFunction Instance = new();

    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RefuseNull(arguments);
        return arguments[0].Type.IsCharacter() ? new Expression.Call(this, new(arguments), DataTypes.Boolean.AsNotNull()) : throw BindErrors.CannotApply("IS JSON", arguments);
    }

    public override string Print(IReadOnlyList<Expression> arguments) => $"{arguments[0]} IS JSON {((Expression.Literal)arguments[1]).Value}";

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<IsJsonOp, BooleanWriter>(call.Type, [arguments[0]], ((Expression.Literal)call.Arguments[1]).Value, settings);

    private ref struct IsJsonOp : IRowOp<IsJsonOp, BooleanWriter>
    {
        private BytesReader _texts;
        private NullReader _nulls;
        private string _kind;

        public static bool IsStrict => false;

        public static IsJsonOp Open(in KernelArguments arguments) =>
            new() { _texts = arguments.Bytes(0), _nulls = arguments.Nulls(0), _kind = (string)arguments.State! }; // prepared

        public readonly void Apply(int row, BooleanWriter output)
        {
            using var document = _nulls[row] ? null : JsonQuestion.Parse(_texts[row]);
            output.Set(document is not null && (_kind, document.RootElement.ValueKind) switch
            {
                ("OBJECT", var kind) => kind == JsonValueKind.Object,
                ("ARRAY", var kind) => kind == JsonValueKind.Array,
                ("SCALAR", var kind) => kind is not (JsonValueKind.Object or JsonValueKind.Array),
                _ => true,
            });
        }
    }
}
