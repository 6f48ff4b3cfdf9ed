using System.Buffers.Binary;
using System.Text;
using Arctic.Columnar.Errors;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>JSON_ARRAYAGG: the items, which are JSON already, in arrival order. JSON_OBJECTAGG: the members by their keys, each of which may come once.</summary>
internal sealed class JsonParts(bool isObject) : ValueListState
{
    // One byte of NULL bits, four of length, then the text.
    private const int TextStart = 1 + sizeof(int);

    /// <summary>What there is without parts.</summary>
    public static byte[] Nothing(bool isObject) => Join([], isObject);

    protected override byte[]? Compute(List<byte[]> values) => values.Count == 0 ? null : Join(isObject ? Ordered(values) : values, isObject);

    private static List<byte[]> Ordered(List<byte[]> values)
    {
        var ordered = values.Order(Comparer<byte[]>.Create((x, y) => KeyOf(x).SequenceCompareTo(KeyOf(y)))).ToList();
        for (var i = 1; i < ordered.Count; i++)
        {
            if (KeyOf(ordered[i]).SequenceEqual(KeyOf(ordered[i - 1])))
            {
                throw new ArcticException(ErrorCodes.EvaluationFailed, $"Cannot evaluate JSON_OBJECTAGG: the key {Encoding.UTF8.GetString(KeyOf(ordered[i]))} occurs more than once in a group.")
                {
                    Hint = "Group by the key, or take the values together with JSON_ARRAYAGG.",
                };
            }
        }

        return ordered;
    }

    // The quoted text at the beginning.
    private static ReadOnlySpan<byte> KeyOf(byte[] value)
    {
        var text = value.AsSpan(TextStart);
        var end = 1;
        while (text[end] != '"')
        {
            end += text[end] == '\\' ? 2 : 1;
        }

        return text[..(end + 1)];
    }

    private static byte[] Join(List<byte[]> parts, bool isObject)
    {
        var length = parts.Sum(p => p.Length - TextStart) + Math.Max(0, parts.Count - 1) + 2;
        var result = new byte[TextStart + length];
        BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(1), length);
        var at = TextStart;
        result[at++] = isObject ? (byte)'{' : (byte)'[';
        for (var i = 0; i < parts.Count; i++)
        {
            if (i > 0)
            {
                result[at++] = (byte)',';
            }

            parts[i].AsSpan(TextStart).CopyTo(result.AsSpan(at));
            at += parts[i].Length - TextStart;
        }

        result[at] = isObject ? (byte)'}' : (byte)']';
        return result;
    }
}
