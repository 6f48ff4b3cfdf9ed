using System.Xml.Linq;

namespace Arctic.UnitTests.Architecture;

/// <summary>Checks the arrows of ARCHITECTURE.md: which project may reference which, and which third-party package may be used where.</summary>
public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["Arctic.Columnar"] = [],
        ["Arctic.Storage"] = ["Arctic.Columnar"],
        ["Arctic.Storage.S3"] = ["Arctic.Storage"],
        ["Arctic.Iceberg"] = ["Arctic.Storage"],
        ["Arctic.KeyedTables"] = ["Arctic.Iceberg"],
        ["Arctic.Dataflow"] = ["Arctic.Storage"],
        ["Arctic.Sql"] = ["Arctic.Dataflow"],
        ["Arctic.DuckDb"] = ["Arctic.Sql"],
        ["Arctic.Connectors"] = ["Arctic.Dataflow", "Arctic.KeyedTables"],
        ["Arctic"] = ["Arctic.Sql", "Arctic.DuckDb", "Arctic.Connectors", "Arctic.Storage.S3"],
        ["Arctic.Cli"] = ["Arctic"],
    };

    private static readonly Dictionary<string, string[]> AllowedPackages = new()
    {
        ["Arctic.Columnar"] = ["Apache.Arrow", "Microsoft.Extensions.Logging.Abstractions"],
        ["Arctic.Storage"] = ["ParquetSharp", "Snappier", "System.IO.Hashing", "ZstdSharp.Port"],
        ["Arctic.Storage.S3"] = ["AWSSDK.S3"],
        ["Arctic.Dataflow"] = ["System.IO.Hashing"],
        ["Arctic.KeyedTables"] = ["System.IO.Hashing"],
        ["Arctic.DuckDb"] = ["DuckDB.NET.Data.Full"],
        ["Arctic"] = ["Microsoft.Extensions.DependencyInjection.Abstractions"],
        ["Arctic.Cli"] = ["System.CommandLine", "Microsoft.Extensions.Logging"],
    };

    public static TheoryData<string> Projects() => [.. Directory.GetDirectories(Path.Combine(Root(), "src")).Where(d => File.Exists(ProjectFile(d))).Select(d => Path.GetFileName(d))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_architecture_allows(string project)
    {
        Assert.True(AllowedReferences.ContainsKey(project), $"Project '{project}' is not in the list of arrows: add it to ARCHITECTURE.md and here.");

        var references = Items(project, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r));

        Assert.Empty(references.Except(AllowedReferences[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_only_the_packages_of_its_role(string project)
    {
        var packages = Items(project, "PackageReference").Where(p => !p.StartsWith("Microsoft.CodeAnalysis.", StringComparison.Ordinal));

        Assert.Empty(packages.Except(AllowedPackages.GetValueOrDefault(project, [])));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_has_a_readme(string project) => Assert.True(File.Exists(Path.Combine(Root(), "src", project, "README.md")));

    private static IEnumerable<string> Items(string project, string item) =>
        XDocument.Load(ProjectFile(Path.Combine(Root(), "src", project))).Descendants(item).Select(e => e.Attribute("Include")!.Value.Replace('\\', '/'));

    private static string ProjectFile(string folder) => Path.Combine(folder, Path.GetFileName(folder) + ".csproj");

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Arctic.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run below the repository's root.");
        }

        return folder;
    }
}
