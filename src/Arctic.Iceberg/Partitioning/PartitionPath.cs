using System.Globalization;
using System.Text;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Partitioning;

/// <summary>The folder of a partition, <c>day=2024-05-01/name=a+b</c>; for people only, readers go by the tuple.</summary>
internal static class PartitionPath
{
    /// <summary>The folder below the data folder, without slashes at its ends; empty for an unpartitioned table.</summary>
    /// <param name="spec">Names and transforms.</param>
    /// <param name="type">Of the tuple: <see cref="PartitionSpec.PartitionType"/>.</param>
    /// <param name="tuple">The partition.</param>
    public static string Of(PartitionSpec spec, IcebergType.Struct type, PartitionTuple tuple) =>
        string.Join('/', spec.Fields.Select((f, i) => Escape(f.Name) + "=" + Escape(TextOf(f.Transform, type.Fields[i].Type, tuple[i]))));

    // As Java's transforms print values (Transform.toHumanString).
    private static string TextOf(Transform transform, IcebergType type, object? value) => (transform, value) switch
    {
        (_, null) => "null",
        (Transform.Year, int years) => Number(years + 1970, 4),
        (Transform.Month, int months) => Number(1970 + FloorDivide(months, 12), 4) + "-" + Number(months - (FloorDivide(months, 12) * 12) + 1, 2),
        (Transform.Hour, int hours) => DayText(FloorDivide(hours, 24)) + "-" + Number(hours - (FloorDivide(hours, 24) * 24), 2),
        (Transform.Day, int days) => DayText(days),
        (_, byte[] bytes) when type is IcebergType.Uuid => new Guid(bytes, bigEndian: true).ToString(),
        (_, byte[] bytes) => Convert.ToBase64String(bytes),
        (_, string text) => text,
        (_, bool flag) => flag ? "true" : "false",
        (_, IFormattable number) when type is IcebergType.Int or IcebergType.Long or IcebergType.Float or IcebergType.Double => number.ToString(null, CultureInfo.InvariantCulture),
        _ => SingleValueText.Format(type, value),
    };

    private static string DayText(int days) => SingleValueText.Format(IcebergTypes.Date, days);

    private static string Number(int value, int digits) => value.ToString(new string('0', digits), CultureInfo.InvariantCulture);

    private static int FloorDivide(int value, int divisor) => (int)Math.Floor((double)value / divisor);

    // Java's URLEncoder: letters, digits and ".-*_" stay, a space becomes '+', other bytes of UTF-8 '%XX'.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '*' or '_')
            {
                escaped.Append(c);
            }
            else if (c == ' ')
            {
                escaped.Append('+');
            }
            else
            {
                escaped.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return escaped.ToString();
    }
}
