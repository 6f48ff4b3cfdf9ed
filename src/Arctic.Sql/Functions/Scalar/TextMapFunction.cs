using System.Text;
using System.Text.RegularExpressions;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>
/// STR_TO_MAP: pairs in a text, <c>,</c> between two and <c>=</c> in each, or what the patterns say. Empty pairs at the end do not count, a pair without a value has NULL, and of a key that comes again the last value stays.
/// </summary>
internal sealed class TextMapFunction() : ScalarFunction("STR_TO_MAP")
{
    private static readonly Signature Arguments = new(ArgumentKind.Text, ArgumentKind.Text, ArgumentKind.Text) { OptionalCount = 2 };
    private static readonly DataType Result = new DataType.Map(DataTypes.String, DataTypes.String);

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        var bound = Arguments.Bind(Name, arguments);
        return bound.Count != 2 ? new Expression.Call(this, new(bound), Result) : throw BindErrors.WrongCount(Name, bound.Count);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var (pairs, pair) = (new RegexCache(), new RegexCache());
        return new ColumnKernel(call.Type, arguments, (columns, length, rows) => Split(columns, length, rows, pairs, pair));
    }

    private static MapColumn Split(Column[] columns, int length, RowCursor rows, RegexCache pairs, RegexCache pair)
    {
        var validity = ValidityMath.And(columns, length);
        var hasPatterns = columns.Length > 1;
        var text = new BytesReader(columns[0]);
        var between = hasPatterns ? new BytesReader(columns[1]) : default;
        var within = hasPatterns ? new BytesReader(columns[2]) : default;
        var (keys, values) = (new BytesColumnBuilder(DataTypes.String), new BytesColumnBuilder(DataTypes.String));
        var offsets = new int[length + 1];
        var next = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            offsets.AsSpan(next, row + 1 - next).Fill(keys.Length);
            next = row + 1;
            if (!validity[row] || text[row].IsEmpty)
            {
                continue;
            }

            var betweenPairs = pairs.Require(hasPatterns ? between[row] : ","u8, "STR_TO_MAP");
            var withinPair = pair.Require(hasPatterns ? within[row] : "="u8, "STR_TO_MAP");
            var parts = Split(betweenPairs, Encoding.UTF8.GetString(text[row]), int.MaxValue);
            foreach (var part in parts.Take(parts.FindLastIndex(p => p.Length > 0) + 1))
            {
                var entry = Split(withinPair, part, 2);
                keys.Append(entry[0]);
                if (entry.Count > 1)
                {
                    values.Append(entry[1]);
                }
                else
                {
                    values.AppendNull();
                }
            }
        }

        offsets.AsSpan(next).Fill(keys.Length);
        return MapEntries.KeepLast(Result, offsets, keys.Build(), values.Build(), validity);
    }

    // As Java's: groups of the pattern are no parts, nor is the nothing before an empty match at the start.
    private static List<string> Split(Regex regex, string text, int countMax)
    {
        var parts = new List<string>();
        var start = 0;
        for (var match = regex.Match(text); match.Success && parts.Count + 1 < countMax; match = match.NextMatch())
        {
            if (match.Index + match.Length > 0 && match.Index < text.Length + (match.Length > 0 ? 1 : 0))
            {
                parts.Add(text[start..match.Index]);
                start = match.Index + match.Length;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }
}
