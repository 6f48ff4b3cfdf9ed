using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Arctic.UnitTests.Iceberg.Spec;

/// <summary>Values as texts with everything that they hold, so that two can be compared whatever their own equality leaves out.</summary>
internal static class DeepText
{
    public static string Of(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        byte[] bytes => Convert.ToHexString(bytes),
        IFormattable formattable => formattable.GetType().IsPrimitive || value is Int128 or Guid or Enum ? formattable.ToString(null, CultureInfo.InvariantCulture) : Members(value),
        bool flag => flag ? "true" : "false",
        IDictionary map => "{" + string.Join(", ", map.Keys.Cast<object>().Select(k => $"{Of(k)}: {Of(map[k])}").Order(StringComparer.Ordinal)) + "}",
        IEnumerable items => "[" + string.Join(", ", items.Cast<object?>().Select(Of)) + "]",
        _ => Members(value),
    };

    // What is derived from other members is left out: only what has a setter, or comes from a constructor, is state.
    private static string Members(object value)
    {
        var properties = value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetIndexParameters().Length == 0 && (p.CanWrite || value.GetType().Name is "Schema" && p.Name is "SchemaId" or "Fields" or "IdentifierFieldIds"))
            .OrderBy(p => p.Name, StringComparer.Ordinal);
        return value.GetType().Name + "(" + string.Join(", ", properties.Select(p => $"{p.Name}={Of(p.GetValue(value))}")) + ")";
    }
}
