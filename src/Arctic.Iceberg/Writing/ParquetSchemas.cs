using System.Globalization;
using System.Text;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Writing;

/// <summary>The Parquet columns of a table's schema (Iceberg spec, appendix A).</summary>
internal static class ParquetSchemas
{
    /// <summary>The fields of a file; columns of type <c>unknown</c> are left out, as the format asks.</summary>
    public static IReadOnlyList<FileField> Of(IEnumerable<NestedField> fields) =>
        fields.Where(f => f.Type is not IcebergType.Unknown).Select(f => Of(f.Name, f.Id, f.Type, f.IsRequired)).ToArray();

    /// <summary>A name as the format's own implementation writes it: letters, digits and underscores, others as <c>_x</c> and their hexadecimal code.</summary>
    public static string SafeName(string name)
    {
        if (name.Length > 0 && IsLetter(name[0]) && name.All(c => IsLetter(c) || char.IsAsciiDigit(c)))
        {
            return name;
        }

        var safe = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (IsLetter(c) || (i > 0 && char.IsAsciiDigit(c)))
            {
                safe.Append(c);
            }
            else if (char.IsAsciiDigit(c))
            {
                safe.Append('_').Append(c);
            }
            else
            {
                safe.Append("_x").Append(((int)c).ToString("X", CultureInfo.InvariantCulture));
            }
        }

        return safe.ToString();
    }

    private static FileField Of(string name, int id, IcebergType type, bool isRequired)
    {
        var sqlType = TypeMapping.ToDataType(type).WithNullability(!isRequired);
        return new FileField(SafeName(name), sqlType, id)
        {
            IsUuid = type is IcebergType.Uuid,
            Children = type switch
            {
                IcebergType.Struct s => new EquatableList<FileField>(Of(s.Fields)),
                IcebergType.List l => [Of("element", l.ElementId, l.Element, l.IsElementRequired)],
                IcebergType.Map m => [Of("key", m.KeyId, m.Key, true), Of("value", m.ValueId, m.Value, m.IsValueRequired)],
                _ => [],
            },
        };
    }

    private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_';
}
