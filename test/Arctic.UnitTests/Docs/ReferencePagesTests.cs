using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;

namespace Arctic.UnitTests.Docs;

/// <summary>The reference pages are generated from the code and checked in. Run with ARCTIC_WRITE_DOCS=1 to write them anew.</summary>
public sealed partial class ReferencePagesTests
{
    private static readonly string[] Assemblies = ["Arctic", "Arctic.Connectors", "Arctic.Dataflow", "Arctic.DuckDb", "Arctic.Iceberg", "Arctic.KeyedTables", "Arctic.Storage", "Arctic.Storage.S3"];

    [Fact]
    public void Errors_page_is_that_of_the_code()
    {
        var page = new StringBuilder("# Error codes\n\nGenerated from `ErrorCodes`. The owner is who has to act; a transient error may be gone when the same call is made again.\n\n| code | owner | transient | meaning |\n|---|---|---|---|\n");
        foreach (var code in typeof(ErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => f.GetValue(null)).OfType<ErrorCode>().OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            page.Append($"| `{code.Name}` | {code.Owner.ToString().ToLowerInvariant()} | {(code.IsTransient ? "yes" : "no")} | {code.Meaning} |\n");
        }

        Check("errors.md", page.ToString());
    }

    [Fact]
    public void Options_page_is_that_of_the_code()
    {
        var page = new StringBuilder("# Options\n\nGenerated from the option records. Keys go into `SET`, `--set`, `WITH (…)` or hints, as the record says.\n");
        foreach (var name in Assemblies)
        {
            var assembly = Assembly.Load(name);
            var docs = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member").ToDictionary(m => m.Attribute("name")!.Value, m => m);
            foreach (var type in assembly.GetTypes().Where(t => OptionReader.OptionsOf(t).Count > 0 && !t.IsAbstract).OrderBy(t => t.FullName, StringComparer.Ordinal))
            {
                page.Append($"\n## {type.Name}\n\n{SummaryOf(docs, $"T:{type.FullName}")}\n\n| key | default | meaning |\n|---|---|---|\n");
                var defaults = Activator.CreateInstance(type, nonPublic: true)!;
                foreach (var (property, option) in OptionReader.OptionsOf(type).OrderBy(o => o.Option.Key, StringComparer.Ordinal))
                {
                    var aliases = option.Aliases.Length == 0 ? "" : $" (also {string.Join(", ", option.Aliases.Select(a => $"`{a}`"))})";
                    page.Append($"| `{option.Key}`{aliases} | {TextOf(property, property.GetValue(defaults))} | {SummaryOf(docs, $"P:{property.DeclaringType!.FullName}.{property.Name}")} |\n");
                }
            }
        }

        Check("options.md", page.ToString());
    }

    private static void Check(string file, string expected)
    {
        var path = Path.Combine(RepositoryRoot(), "docs", "reference", file);
        if (Environment.GetEnvironmentVariable("ARCTIC_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path).ReplaceLineEndings("\n") == expected, $"docs/reference/{file} is not what the code says: run the tests of this class with ARCTIC_WRITE_DOCS=1 and check it in.");
    }

    private static string TextOf(PropertyInfo property, object? value) => value switch
    {
        _ when property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null => "required",
        null => "none",
        TimeSpan span => span.TotalMilliseconds % 1000 == 0 ? $"`{span.TotalSeconds:0} s`" : $"`{span.TotalMilliseconds:0} ms`",
        ByteSize size => size.Bytes % (1 << 20) == 0 ? $"`{size.Bytes >> 20} mb`" : $"`{size.Bytes}`",
        bool flag => flag ? "`true`" : "`false`",
        Enum word => $"`{WordStart().Replace(word.ToString(), "-$1").ToLowerInvariant()}`",
        string { Length: 0 } => "empty",
        _ => FormattableString.Invariant($"`{value}`"),
    };

    private static string SummaryOf(Dictionary<string, XElement> docs, string member)
    {
        if (!docs.TryGetValue(member, out var doc) || doc.Element("summary") is not { } summary)
        {
            return "";
        }

        var text = string.Concat(summary.Nodes().Select(n => n switch
        {
            XElement { Name.LocalName: "see" } see => $"`{(see.Attribute("cref")?.Value ?? see.Attribute("langword")?.Value ?? "")[(((see.Attribute("cref")?.Value ?? see.Attribute("langword")?.Value ?? "").LastIndexOf('.')) + 1)..]}`",
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            _ => n.ToString(),
        }));
        return Blanks().Replace(System.Net.WebUtility.HtmlDecode(text), " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Arctic.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run below the repository's root.");
        }

        return folder;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"(?<!^)([A-Z])")]
    private static partial Regex WordStart();
}
