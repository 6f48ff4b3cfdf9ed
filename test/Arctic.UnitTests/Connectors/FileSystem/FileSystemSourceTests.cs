using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Conformance;
using Microsoft.Extensions.Time.Testing;
using static Arctic.UnitTests.Connectors.TestTables;
using static Arctic.UnitTests.Storage.Formats.FormatTesting;

namespace Arctic.UnitTests.Connectors.FileSystem;

public sealed class FileSystemSourceTests : SourceConformance
{
    private static readonly RowSchema Users = Schema(("id", DataTypes.Int), ("name", DataTypes.String));

    private readonly MemoryObjectStore _store = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_single_file_is_read_in_its_order()
    {
        await PutAsync("/in/a.csv", "1,a\n2,b\n3,c");

        Assert.Equal(["""{"id":1,"name":"a"}""", """{"id":2,"name":"b"}""", """{"id":3,"name":"c"}"""], await ReadAsync("/in/a.csv"));
    }

    [Fact]
    public async Task A_folder_is_read_at_any_depth_without_hidden_files()
    {
        await PutAsync("/in/b.csv", "3,c\n");
        await PutAsync("/in/a/x.csv", "1,a\n");
        await PutAsync("/in/a/empty.csv", "");
        await PutAsync("/in/_SUCCESS", "no rows");
        await PutAsync("/in/.hidden/y.csv", "no rows");

        Assert.Equal(["""{"id":1,"name":"a"}""", """{"id":3,"name":"c"}"""], await ReadAsync("/in/"));
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_the_first_cell()
    {
        await PutAsync("/in/a.csv", "\uFEFF1,a\n2,b\n");

        Assert.Equal(["""{"id":1,"name":"a"}""", """{"id":2,"name":"b"}"""], await ReadAsync("/in/a.csv"));
    }

    [Fact]
    public async Task Changes_keep_their_kinds()
    {
        await PutAsync("/in/a.txt", "INSERT|1|a\nDELETE|1|a\n");

        Assert.Equal(["""{"op":"+I","id":1,"name":"a"}""", """{"op":"-D","id":1,"name":"a"}"""], await ReadAsync("/in/a.txt", ("format", "changelog-csv")));
        Assert.Equal(ChangelogMode.All, Create("/in/a.txt", ("format", "changelog-csv")).ChangelogMode);
        Assert.Equal(ChangelogMode.Insert, Create("/in/a.txt").ChangelogMode);
    }

    [Fact]
    public async Task A_bad_line_far_into_a_file_has_its_number()
    {
        var text = new StringBuilder();
        for (var i = 1; i <= 60_000; i++)
        {
            text.Append(i == 54_321 ? "oops" : i.ToString(System.Globalization.CultureInfo.InvariantCulture)).Append(",name\n");
        }

        await PutAsync("/in/a.csv", text.ToString());

        var error = await Assert.ThrowsAsync<ArcticException>(() => ReadAsync("/in/a.csv"));
        var logger = new ListLogger();
        await using var driver = new SourceDriver(Create("/in/a.csv", ("csv.ignore-parse-errors", "true")), logger: logger);
        var rows = await driver.ReadRowsAsync(Token);

        Assert.StartsWith("Cannot read line 54321 of 'file:///in/a.csv': column 'id' of type INT has 'oops'.", error.Message);
        Assert.Equal(59_999, rows.Count);
        Assert.Equal(
            "Warning: source: skipped 1 bad lines, 1 so far. First of them: line 54321 of 'file:///in/a.csv': column 'id' of type INT has 'oops'.",
            Assert.Single(logger.Messages));
    }

    [Fact]
    public async Task A_line_longer_than_the_buffer_is_read_whole()
    {
        var longName = new string('x', 1_000_000);
        await PutAsync("/in/a.csv", $"1,a\n2,{longName}\n3,c\n");

        var rows = await ReadAsync("/in/a.csv");

        Assert.Equal(3, rows.Count);
        Assert.Equal($"{{\"id\":2,\"name\":\"{longName}\"}}", rows[1]);
    }

    [Fact]
    public async Task The_rate_bounds_the_rows_that_time_has_given()
    {
        var time = new FakeTimeProvider();
        await PutAsync("/in/a.csv", string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i},n\n")));
        await using var driver = new SourceDriver(Create(time, "/in/a.csv", ("scan.rows-per-second", "200")), time: time);
        var rows = 0;

        for (var step = 0; step < 100; step++)
        {
            // Twenty batches of ten rows a second: the first at once, each later one 50 ms after the one before.
            var read = driver.ReadAsync(Token).AsTask();
            if (step > 0)
            {
                time.Advance(TimeSpan.FromMilliseconds(49));
                Assert.False(read.IsCompleted, $"Batch {step} came too early.");
                time.Advance(TimeSpan.FromMilliseconds(1));
            }

            using var batch = await read;
            rows += batch!.RowCount;
        }

        Assert.Equal(1000, rows);
    }

    [Fact]
    public async Task A_missing_path_is_an_error_that_names_it()
    {
        var error = await Assert.ThrowsAsync<ArcticException>(() => ReadAsync("/nowhere"));

        Assert.Equal(ErrorCodes.ObjectNotFound, error.Code);
        Assert.Equal("Cannot read table 'shop.t': its 'path' file:///nowhere is neither a file nor a folder with files in it.", error.Message);
    }

    [Fact]
    public async Task A_file_that_was_cut_since_the_checkpoint_is_an_error()
    {
        await PutAsync("/in/a.csv", "1,a\n2,b\n");
        SourceState state;
        await using (var before = new SourceDriver(Create("/in/a.csv")))
        {
            (await before.ReadAsync(Token))!.Dispose();
            state = before.State;
        }

        await PutAsync("/in/a.csv", "1,");
        await using var after = new SourceDriver(Create("/in/a.csv"), state: state);
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await after.ReadAsync(Token));

        Assert.Equal(ErrorCodes.InvalidInput, error.Code);
        Assert.Contains("at offset 8", error.Message);
    }

    [Fact]
    public void Options_are_checked_when_the_table_is_planned()
    {
        var unknown = Assert.Throws<ArcticException>(() => Create("/in", ("csv.field-delimeter", ";")));
        var foreign = Assert.Throws<ArcticException>(() => Create("/in", ("json.ignore-parse-errors", "true")));
        var rate = Assert.Throws<ArcticException>(() => Create("/in", ("scan.rows-per-second", "0")));
        var delimiter = Assert.Throws<ArcticException>(() => Create("/in", ("csv.field-delimiter", "ab")));
        var format = Assert.Throws<ArcticException>(() => Create("/in", ("format", "jsn")));
        var missing = Assert.Throws<ArcticException>(() => Source(Table(Users, options: [("connector", "filesystem"), ("format", "csv")])));

        Assert.Equal("Did you mean 'csv.field-delimiter'?", unknown.Hint);
        Assert.Contains("json.ignore-parse-errors", foreign.Message);
        Assert.Equal("Option 'scan.rows-per-second' of table 'shop.t' is 0; expected a number above 0.", rate.Message);
        Assert.Contains("'ab'", delimiter.Message);
        Assert.Equal("Did you mean 'json'?", format.Hint);
        Assert.Equal("Option 'path' is missing for table 'shop.t'.", missing.Message);
        Assert.All([unknown, foreign, rate, delimiter, format, missing], e => Assert.Equal(ErrorCodes.InvalidOption, e.Code));
    }

    protected override ISource CreateSource()
    {
        // Four files of lines with line feeds in cells, each longer than the buffer.
        for (var file = 0; file < 4; file++)
        {
            var lines = string.Concat(Enumerable.Range(0, 12_000).Select(i => $"{(file * 100_000) + i},\"name\n{i}\"\n"));
            Assert.True(_store.PutAsync($"/conformance/{file}.csv", Encoding.UTF8.GetBytes(lines), Token).IsCompletedSuccessfully);
        }

        return Create("/conformance");
    }

    private ISource Create(string path, params (string Key, string Value)[] options) => Create(TimeProvider.System, path, options);

    private ISource Create(TimeProvider time, string path, params (string Key, string Value)[] options)
    {
        (string, string)[] format = options.Any(o => o.Key == "format") ? [] : [("format", "csv")];
        return Source(Table(Users, _store, time, [("connector", "filesystem"), ("path", path), .. format, .. options]));
    }

    private async Task<List<string>> ReadAsync(string path, params (string Key, string Value)[] options)
    {
        await using var driver = new SourceDriver(Create(path, options));
        return await driver.ReadRowsAsync(Token);
    }

    private ValueTask PutAsync(string path, string text) => _store.PutAsync(path, Encoding.UTF8.GetBytes(text), Token);
}
